package sample

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/choice"
)

// Spec is the sample section of a configuration: how points are drawn. Defaults
// has every field filled in.
type Spec struct {
	Sampler string `yaml:"sampler" json:"sampler"` // one of Samplers
	N       int    `yaml:"n" json:"n"`             // how many points
	Seed    uint64 `yaml:"seed" json:"seed"`
	Steps   int    `yaml:"steps" json:"steps"`
	Batch   int    `yaml:"batch" json:"batch"` // points at a time: memory and speed, not the result

	// Descent: gd and nag.
	Eta      float64 `yaml:"eta" json:"eta"`             // η, the step
	Mu       float64 `yaml:"mu" json:"mu"`               // μ, how far nag looks ahead; gd has none
	Stop     float64 `yaml:"stop" json:"stop"`           // a point is finished where ‖f(u)‖ < stop; 0 never
	StopTime float64 `yaml:"stop_time" json:"stop_time"` // and where t̂ < stop_time; 0 never
	Readout  string  `yaml:"readout" json:"readout"`     // what reads t̂
	Count    string  `yaml:"count" json:"count"`         // official: N−1 updates; exact: N

	// Times. 0 is the process' own: the range of its prior.
	Start float64 `yaml:"start" json:"start"` // where noise is drawn, and where a clock starts
	End   float64 `yaml:"end" json:"end"`     // where a clock stops: euler, heun, ddim
	Grid  string  `yaml:"grid" json:"grid"`   // uniform, karras, or auto: karras where t has no end
	Clean bool    `yaml:"clean" json:"clean"` // a clock ends with an exact step from end to t = 0

	// Points that samples start from; nil for noise alone. Strength is the share of the way.
	Given    *Given  `yaml:"-" json:"-"`
	Strength float64 `yaml:"strength" json:"strength"`

	// Classes, where the field is told one.
	Label    []int   `yaml:"label" json:"label,omitempty"`     // of sample i: Label[i mod len], −1 for none
	Compose  string  `yaml:"compose" json:"compose,omitempty"` // in place of Label: Classes
	Guidance float64 `yaml:"guidance" json:"guidance"`         // w of model.Guided
	Guided   string  `yaml:"guided" json:"guided"`             // which channels: all or official

	Params choice.Values `yaml:",inline" json:"params,omitempty"` // what else the sampler takes
}

// Counts are the two readings of "N steps of descent" there are.
const (
	Official = "official" // N−1 updates, as the released Equilibrium Matching code has it
	Exact    = "exact"    // N updates
)

// Grids of times for samplers with a clock.
const (
	Auto    = "auto"    // Karras where the schedule has no end, Uniform elsewhere
	Uniform = "uniform" // evenly spaced in t
	Karras  = "karras"  // evenly spaced in t^(1/7), as EDM samples
)

// Channels that guidance changes.
const (
	AllChannels = "all"
	FirstThree  = "official" // of a latent's four, as the released code of DiT, SiT and EqM has it
)

// most bounds what a configuration may ask for, so that no count overflows.
const most = 1 << 20

// Parameters that several samplers take.
var (
	eta = choice.Param{Name: "eta", Default: .003,
		About: "η, the step: times the gain of the field, well below 1",
		In:    choice.Where("a number in (0, 1000]", func(v float64) bool { return 0 < v && v <= 1000 })}
	mu = choice.Param{Name: "mu", Default: .3, About: "μ, how far it looks ahead; nesterov adds it up",
		In: choice.UnitBelowOne}
	stop = choice.Param{Name: "stop", Default: 0.,
		About: "a point is finished where ‖f(u)‖ is below this, 0 for never",
		In: choice.Where("a norm of the field, or 0 for never",
			func(v float64) bool { return 0 <= v && v <= math.MaxFloat32 })}
	count = choice.Param{Name: "count", Default: Official, In: choice.Words(Official, Exact),
		About: "official: N steps are N−1 updates, as the released code has it; exact: N updates"}
	end = choice.Param{Name: "end", Default: 0.,
		About: "time at which the clock stops, 0 for the least that is trained on",
		In:    ownTime}
	grid = choice.Param{Name: "grid", Default: Auto, In: choice.Words(Auto, Uniform, Karras),
		About: "of times: uniform in t, karras in t^(1/7), auto for karras where the schedule has no end"}
	clean = choice.Param{Name: "clean", Default: false, About: "end with an exact step from end to t = 0"}
)

var ownTime = choice.Where("a time > 0, or 0 for the process' own",
	func(v float64) bool { return finite(v) && v >= 0 })

var classes = choice.Where("numbers of classes, or -1 for none, like [0, 3]",
	func(v []int) bool { return len(v) == 0 || slices.Min(v) >= noLabel })

var compositions = choice.Where("classes with their weights, like 3:0.5,8:0.5", func(v string) bool {
	_, _, err := Classes(v)
	return v == "" || err == nil
})

// Samplers is the table of samplers.
var Samplers = choice.Table[Method]{
	What: "sampler", Key: "sampler", Default: "gd",
	Common: []choice.Param{
		{Name: "n", Default: 64, About: "how many points", In: choice.Between(1, 1<<30, "points")},
		{Name: "seed", Default: uint64(0), About: "of the noise that points start from"},
		{Name: "steps", Default: 250, About: "steps of the sampler", In: choice.Between(1, most, "")},
		{Name: "batch", Default: 64, About: "points at a time: memory and speed, not the result",
			In: choice.Between(1, most, "points")},
		{Name: "start", Default: 0.,
			About: "time at which noise is drawn, 0 for the greatest that is trained on",
			In:    ownTime},
		strength,
		{Name: "label", Default: []int(nil), In: classes,
			About: "classes to draw, sample after sample, -1 for none; no list is every class in turn"},
		{Name: "compose", Default: "", In: compositions,
			About: "classes whose weighted fields are added and followed, in place of label: 3:0.5,8:0.5"},
		{Name: "guidance", Default: 1., In: choice.AnyNumber,
			About: "w of classifier-free guidance f(∅) + w (f(k) − f(∅)): twice the cost unless 1"},
		{Name: "guided", Default: AllChannels, In: choice.Words(AllChannels, FirstThree),
			About: "channels that guidance changes: official is the first three, as released"},
	},
}

// add puts a sampler in the table.
func add(e choice.Entry[Method]) bool {
	e.Make.Name = e.Name
	return Samplers.Add(e)
}

// find is the method of that name.
func find(name string) (Method, bool) {
	e, ok := Samplers.Find(name)
	if !ok {
		return Method{}, false
	}
	return e.Make, true
}

// Defaults is the recipe of Equilibrium Matching, whose residual noise at gain 4
// and cut 0.8 is 2.5e-6: 249 updates with η = 0.003.
func Defaults() Spec {
	_, full, faults := Samplers.Resolve("", choice.Choice{}, nil)
	if len(faults) > 0 {
		panic("sample: the defaults of the table are refused")
	}
	var s Spec
	s.Fill(full)
	return s
}

// special are the parameters that some samplers have and every Spec has a field for, and
// ownFields are their names.
var (
	special   = []choice.Param{eta, mu, stop, stopTime, readouts, count, end, grid, clean}
	ownFields = namesOf(special)
)

func namesOf(params []choice.Param) (names []string) {
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}

// Choice is s as a choice of Samplers. Fields that its sampler does not take are left out,
// but for Stop, StopTime, End and Clean where they ask for what it cannot give.
func (s Spec) Choice() choice.Choice {
	c := choice.Gather(Samplers.Key, s)
	e, ok := Samplers.Find(s.Sampler)
	if !ok {
		return c
	}
	taken := map[string]bool{}
	for _, p := range Samplers.Params(e) {
		taken[p.Name] = true
	}
	for _, name := range ownFields {
		asked := name == "stop" && s.Stop != 0 || name == "stop_time" && s.StopTime != 0 ||
			name == "end" && s.End != 0 || name == "clean" && s.Clean
		if !taken[name] && !asked {
			delete(c.Params, name)
		}
	}
	return c
}

// Fill sets s to a choice that Samplers has resolved. Fields that its sampler does not
// take are as other samplers have them by default.
func (s *Spec) Fill(c choice.Choice) {
	c = c.Clone()
	for _, p := range special {
		if _, ok := c.Params[p.Name]; !ok {
			c.Params[p.Name] = p.Default
		}
	}
	c.Fill(Samplers.Key, s)
}

// Check returns every fault of s but those which only a process can show, such as a
// pole: Fits finds these.
func (s Spec) Check() choice.Faults {
	_, _, faults := Samplers.Resolve("", s.Choice(), nil)
	m, ok := find(s.Sampler)
	if ok && m.Clock {
		faults.Want(s.Start == 0 || s.End == 0 || !(s.End >= s.Start), "end", s.End,
			fmt.Sprintf("a time before start, %v: samplers run from noise to data", s.Start))
	}
	if ok && !m.Clock {
		faults.Want(s.Steps != 1 || s.Count != Official, "steps", s.Steps,
			"at least 2: N steps of count official are N−1 updates")
	}
	return faults
}

// noLabel is model.NoLabel.
const noLabel = -1

// label is what the field is told of sample i.
func (s Spec) label(i int) float64 {
	if len(s.Label) == 0 {
		return noLabel
	}
	return float64(s.Label[i%len(s.Label)])
}

func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }
