package run

import (
	"image"
	"math"
	"strconv"

	"github.com/stillfield/stillfield/meter"
)

// Measurement is a line of the log that says what a meter read at a step.
type Measurement struct {
	Step   int      `json:"step"`
	Meter  string   `json:"meter"`
	Over   string   `json:"over"` // what the curves run over
	Curves []Values `json:"curves"`
}

// Values are the values of a curve, in six digits, with their standard errors and, where there
// is one, the value over all times.
type Values struct {
	Name  string  `json:"name"`
	Law   bool    `json:"law,omitempty"`
	At    []brief `json:"at"`
	Mean  []brief `json:"mean"`
	SE    []brief `json:"se"`
	N     int     `json:"n"`
	Whole []brief `json:"whole,omitempty"` // and its standard error
}

// brief is a finite number that JSON has in six digits.
type brief float64

// MarshalJSON writes six digits.
func (b brief) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(b), 'g', 6, 64), nil
}

// measurementOf is what the log keeps of r.
func measurementOf(step int, r *meter.Reading) Measurement {
	m := Measurement{Step: step, Meter: r.Meter, Over: r.Over}
	for _, c := range r.Curves {
		v := Values{Name: c.Name, Law: c.Law, At: []brief{}, Mean: []brief{}, SE: []brief{}}
		for k, e := range c.Values {
			v.At, v.N = append(v.At, brief(c.At[k])), e.N
			v.Mean, v.SE = append(v.Mean, brief(e.Mean)), append(v.SE, brief(e.SE))
		}
		if c.Whole != nil {
			v.Whole = []brief{brief(c.Whole.Mean), brief(c.Whole.SE)}
		}
		m.Curves = append(m.Curves, v)
	}
	return m
}

// Measured adds what a meter read to the log, and to the events one number for each curve of the
// field's own and, if there is one, its picture.
func (r *Record) Measured(step int, m *meter.Reading, picture image.Image) {
	r.keep(step, measurementOf(step, m))
	for _, c := range m.Curves {
		if v := c.Sum(); !c.Law && !math.IsNaN(v) {
			r.event(r.events.Scalar(int64(step), "diagnostics/"+m.Meter+"/"+c.Name, v))
		}
	}
	if picture != nil {
		r.event(r.events.Image(int64(step), "diagnostics/"+m.Meter, picture))
	}
}
