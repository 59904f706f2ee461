package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/average"
	"github.com/stillfield/stillfield/choice"
)

// Average says which averages of the weights a run keeps: one for each half-life, then
// one for each std. The first of them is what samples are drawn with.
type Average struct {
	HalfLife []float64 `yaml:"half_life"` // in images, so that it means the same at any batch
	Ramp     float64   `yaml:"ramp"`
	Std      []float64 `yaml:"std"` // of power-function averages: see package average
	Snapshot int       `yaml:"snapshot"`
}

// Kept is one of the averages that a run keeps.
type Kept struct {
	Name     string  // half_life=50000 or std=0.1
	State    string  // of the training step, and in checkpoints
	HalfLife float64 // of an exponential average
	Std      float64 // of a power-function average, 0 for an exponential one
}

// Kept lists the averages; there is at least one. The State of the first is StateAverage,
// whatever it is.
func (a Average) Kept() []Kept {
	var all []Kept
	for _, h := range a.HalfLife {
		all = append(all, Kept{Name: "half_life=" + choice.Format(h), HalfLife: h})
	}
	for _, std := range a.Std {
		all = append(all, Kept{Name: StdName(std), Std: std})
	}
	for i := range all {
		all[i].State = StateAverage + "[" + all[i].Name + "]"
	}
	all[0].State = StateAverage
	return all
}

// StdName is the name of a power-function average.
func StdName(std float64) string { return "std=" + choice.Format(std) }

// ParseAverage is the average of that name, as the only one that is kept.
func ParseAverage(name string) (Kept, error) {
	key, value, _ := strings.Cut(name, "=")
	var a Average
	for _, p := range averages.Common {
		if _, isList := p.Default.([]float64); p.Name != key || !isList {
			continue
		}
		v, fault := p.Read("average", []string{value})
		if fault != nil {
			break
		}
		if list := v.([]float64); key == "std" {
			a.Std = list
		} else {
			a.HalfLife = list
		}
		return a.Kept()[0], nil
	}
	return Kept{}, &choice.Fault{Path: "average", Got: choice.Show(name),
		Want: fmt.Sprintf("half_life= and images, or std= and a number from %g to %g", average.MinStd,
			average.MaxStd)}
}

// Rate is the share of the way to the weights that k moves in step s, counted from 0. An
// exponential average forgets: a weight counts half after its half-life, or after the
// share Ramp of the images so far, whichever is less.
//
//	rate = 1 − 2^(−batch/h),  h = min(HalfLife, Ramp·images)
func (a Average) Rate(k Kept, s, batch int) float64 {
	if k.Std > 0 {
		return average.New(k.Std, s+1).Rate()
	}
	h := math.Min(k.HalfLife, a.Ramp*float64(batch)*float64(s+1))
	if h <= 0 {
		return 1
	}
	return -math.Expm1(-math.Ln2 * float64(batch) / h)
}

// averages is the section of [Average].
var averages = choice.Table[any]{What: "key", Common: []choice.Param{
	{Name: "half_life", Default: []float64{50_000},
		About: "images until a weight counts half in the average, one or a list: samples take the first",
		In: each("half-lives in images below 1e15, each once, or 0 for no average", func(v float64) bool {
			return 0 <= v && v < 1e15
		})},
	{Name: "ramp", Default: .05,
		About: "half_life is at most this share of the images so far: the average starts young",
		In: choice.Where("a positive share of the images so far", func(v float64) bool {
			return 0 < v && v <= 1e9
		})},
	{Name: "std", Default: []float64{},
		About: "lengths of power-function averages, as shares of the steps: [0.05, 0.1] make all others",
		In: each(fmt.Sprintf("numbers from %g to %g, each once", average.MinStd, average.MaxStd),
			func(v float64) bool { return average.MinStd <= v && v <= average.MaxStd })},
	{Name: "snapshot", Default: 100, About: "steps between the snapshots of what std keeps, 0 for none",
		In: choice.Where("steps, or 0 for none", func(v int) bool { return v >= 0 })},
}}

// each is the range of lists whose items differ and are all ones for which has holds.
func each(want string, has func(v float64) bool) choice.Range {
	return choice.Where(want, func(list []float64) bool {
		for i, v := range list {
			if !has(v) || slices.Contains(list[:i], v) {
				return false
			}
		}
		return true
	})
}

// averaging is what is wrong with the averages together.
func averaging(a Average) (faults choice.Faults) {
	faults.Want(len(a.HalfLife)+len(a.Std) > 0, "average.half_life", a.HalfLife,
		"a half-life, 0 for no average, or average.std")
	return faults
}
