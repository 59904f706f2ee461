package sample

import (
	"fmt"
	"math"
	"strings"
)

// Spec is the sample section of a configuration: how points are drawn. Defaults
// has every field filled in.
type Spec struct {
	Sampler string `yaml:"sampler" json:"sampler"` // one of Methods
	N       int    `yaml:"n" json:"n"`             // how many points
	Seed    uint64 `yaml:"seed" json:"seed"`
	Steps   int    `yaml:"steps" json:"steps"`
	Batch   int    `yaml:"batch" json:"batch"` // points at a time: memory and speed, not the result

	// Descent: gd and nag.
	Eta   float64 `yaml:"eta" json:"eta"`     // η, the step
	Mu    float64 `yaml:"mu" json:"mu"`       // μ, how far nag looks ahead; gd has none
	Stop  float64 `yaml:"stop" json:"stop"`   // a point is finished where ‖f(u)‖ < stop; 0 never
	Count string  `yaml:"count" json:"count"` // official: N steps are N−1 updates; exact: N updates

	// Times. 0 is the process' own: the range of its prior.
	Start float64 `yaml:"start" json:"start"` // where noise is drawn, and where a clock starts
	End   float64 `yaml:"end" json:"end"`     // where a clock stops: euler, heun, ddim
	Grid  string  `yaml:"grid" json:"grid"`   // uniform, karras, or auto: karras where t has no end
	Clean bool    `yaml:"clean" json:"clean"` // a clock ends with an exact step from end to t = 0
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

// most bounds what a configuration may ask for, so that no count overflows.
const most = 1 << 20

// Defaults is the recipe of Equilibrium Matching, whose residual noise at gain 4
// and cut 0.8 is 2.5e-6: 249 updates with η = 0.003.
func Defaults() Spec {
	return Spec{
		Sampler: "gd", N: 64, Steps: 250, Batch: 64,
		Eta: 0.003, Mu: 0.3, Count: Official, Grid: Auto,
	}
}

// Check returns every fault of s, each as "key: got …, want …". Faults which
// only a process can show, such as a pole, are found by Fits.
func (s Spec) Check() []error {
	var errs []error
	want := func(ok bool, key string, got any, text string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: got %v, want %s", key, got, text))
		}
	}
	m, ok := find(s.Sampler)
	want(ok, "sampler", quote(s.Sampler), oneOf(Names()))
	want(1 <= s.N && s.N <= 1<<30, "n", s.N, "between 1 and 1073741824 points")
	want(1 <= s.Steps && s.Steps <= most, "steps", s.Steps, "between 1 and 1048576")
	want(1 <= s.Batch && s.Batch <= most, "batch", s.Batch, "between 1 and 1048576 points")
	want(0 < s.Eta && s.Eta <= 1000, "eta", s.Eta, "a number in (0, 1000]")
	want(0 <= s.Mu && s.Mu < 1, "mu", s.Mu, "a number in [0, 1)")
	want(0 <= s.Stop && s.Stop <= math.MaxFloat32, "stop", s.Stop, "a norm of the field, or 0 for never")
	counts, grids := []string{Official, Exact}, []string{Auto, Uniform, Karras}
	want(has(counts, s.Count), "count", quote(s.Count), oneOf(counts))
	want(has(grids, s.Grid), "grid", quote(s.Grid), oneOf(grids))
	want(finite(s.Start) && s.Start >= 0, "start", s.Start, "a time > 0, or 0 for the process' own")
	want(finite(s.End) && s.End >= 0, "end", s.End, "a time > 0, or 0 for the process' own")
	if ok && m.Clock {
		want(s.Start == 0 || s.End == 0 || !(s.End >= s.Start), "end", s.End,
			fmt.Sprintf("a time before start, %v: samplers run from noise to data", s.Start))
		want(s.Stop == 0, "stop", s.Stop, fmt.Sprintf("0: %s ends by its clock", m.Name))
	}
	if ok && !m.Clock {
		want(s.End == 0, "end", s.End, fmt.Sprintf("0: %s has no clock", m.Name))
		want(!s.Clean, "clean", s.Clean, fmt.Sprintf("false: %s has no clock", m.Name))
		want(s.Steps != 1 || s.Count != Official, "steps", s.Steps,
			"at least 2: N steps of count official are N−1 updates")
	}
	return errs
}

func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

func quote(s string) string { return fmt.Sprintf("%q", s) }

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// oneOf prints a, b or c.
func oneOf(list []string) string {
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}
