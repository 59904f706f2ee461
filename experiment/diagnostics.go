package experiment

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/meter"
)

// Diagnostics says what is measured of the averaged field while it is trained. It changes no
// bit of the training.
type Diagnostics struct {
	Every  int      `yaml:"every"`
	Meters []string `yaml:"meters"`
	Draws  int      `yaml:"draws"`
	Times  int      `yaml:"times"`
}

// diagnostics is the section of [Diagnostics].
var diagnostics = choice.Table[any]{What: "key", Common: []choice.Param{
	{Name: "every", Default: 0, About: "steps between measurements of the averaged field, 0 for none",
		In: choice.AtLeast(0, "steps")},
	{Name: "meters", Default: meter.Meters.Names(), About: "what is measured, of " +
		choice.Or(meter.Meters.Names()), In: meters},
	{Name: "draws", Default: 64, About: "points at each noise time: errors fall like 1/√draws",
		In: choice.Between(2, 1<<16, "points")},
	{Name: "times", Default: 12, About: "noise times, in the middle of as many equal shares of the prior",
		In: choice.Between(1, 256, "times")},
}}

var meters = choice.Where("a list of some of "+choice.Or(meter.Meters.Names())+", each once",
	func(v []string) bool {
		for i, name := range v {
			if _, ok := meter.Meters.Find(name); !ok || slices.Contains(v[:i], name) {
				return false
			}
		}
		return len(v) > 0
	})

// On reports whether anything is measured.
func (d Diagnostics) On() bool { return d.Every > 0 }

// unmeasured is what is wrong with measuring what c trains.
func unmeasured(c *Config) (faults choice.Faults) {
	if !c.Diagnostics.On() {
		return nil
	}
	const path = "diagnostics.every"
	faults.Want(!c.Model.Params.Bool("clock"), path, c.Diagnostics.Every, "0: meters hold a field to the "+
		"blind field of its data, and with model.clock it is told the time")
	faults.Want(c.Model.Params.Int("classes") == 0 || c.Model.Params.Float("label_dropout") > 0, path,
		c.Diagnostics.Every, "0: meters ask for points without a class, and training with "+
			"model.label_dropout 0 shows none")
	return faults
}

// MeterCost is about what one measurement takes.
func (c *Config) MeterCost() meter.Cost {
	held, _ := c.heldOut()
	d := c.Diagnostics
	return meter.Subject{Held: held, Sample: c.Sample, Draws: d.Draws, Times: d.Times}.Cost(d.Meters)
}

// Subject is the field with the given flat weights, and all that it is measured against. Held-out
// data are the test set of the data, if there is one.
func (e *Experiment) Subject(weights []float32, data datasets.Source) (meter.Subject, error) {
	f, err := e.Trained(weights)
	if err != nil {
		return meter.Subject{}, err
	}
	told := e.Net.Told()
	if told.Clock {
		return meter.Subject{}, fmt.Errorf("experiment: meters: model.clock: got true, want false: they " +
			"hold a " +
			"field to the blind field of its data")
	}
	if told.Classes > 0 && told.Dropout == 0 {
		return meter.Subject{}, fmt.Errorf("experiment: meters: model.label_dropout: got 0, want more: " +
			"they " +
			"ask for points without a class, which training has not shown")
	}
	held, why := e.Config.heldOut()
	return meter.Subject{Process: e.Process, Field: f, Point: e.Point(), Precision: e.Precision(), Data: data,
		Flip: e.Config.Flip(), Held: held, NoHeld: why, Sample: e.Config.Sample, Seed: e.Config.Seed,
		Draws: e.Config.Diagnostics.Draws, Times: e.Config.Diagnostics.Times}, nil
}

// heldOut is the test set of the data that c trains on, or why there is none.
func (c *Config) heldOut() (held datasets.Source, why string) {
	other, ok := datasets.HeldOut(c.Data)
	if !ok {
		return nil, c.Data.String() + " is no training set with a test set beside it"
	}
	held, err := datasets.Open(other)
	if err != nil {
		return nil, err.Error()
	}
	return held, ""
}
