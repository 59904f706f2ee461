package field

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Table maps names to builders. Adding a method is adding one entry.
type Table[B any] []Entry[B]

// Entry is one named method of a table.
type Entry[B any] struct {
	Names  []string // the canonical name, then aliases
	Params []Param  // what it takes, in the order they are printed
	Build  B
}

// Values holds the parameters of one entry by name.
type Values map[string]float64

// Param is one number an entry takes.
type Param struct {
	Name    string
	Default float64
	// Usual, where set, replaces Default by a number of the schedule.
	Usual func(Schedule) float64
	In    Range
}

// Range is the set of numbers a parameter may take.
type Range struct {
	Want string // in words, as errors print it
	Has  func(v float64) bool
}

// The ranges the tables use. All exclude NaN and infinities.
var (
	AnyNumber = Range{"a finite number", func(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }}
	Positive  = Range{"a finite number > 0", func(v float64) bool { return 0 < v && v <= math.MaxFloat64 }}
	NotBelow0 = Range{"a finite number ≥ 0", func(v float64) bool { return 0 <= v && v <= math.MaxFloat64 }}

	UnitBelowOne = Range{"a number in [0, 1)", func(v float64) bool { return 0 <= v && v < 1 }}
	UnitOpen     = Range{"a number in (0, 1)", func(v float64) bool { return 0 < v && v < 1 }}
)

// Fault is one thing wrong with a Spec, at a path such as target.cut.
type Fault struct {
	Path, Got, Want string
}

// Error prints path: got, want.
func (f *Fault) Error() string { return fmt.Sprintf("%s: got %s, want %s", f.Path, f.Got, f.Want) }

// Kinds lists the canonical names, in the order of the table.
func (tab Table[B]) Kinds() []string {
	kinds := make([]string, len(tab))
	for i, e := range tab {
		kinds[i] = e.Names[0]
	}
	return kinds
}

// resolve finds the entry c names and fills its parameters: c's own, then the
// schedule's, then the defaults. Every fault is returned with a path under at.
func (tab Table[B]) resolve(at string, c Choice, s Schedule) (*Entry[B], Choice, []error) {
	i := slices.IndexFunc(tab, func(e Entry[B]) bool { return slices.Contains(e.Names, c.Kind) })
	if i < 0 {
		want := "one of " + strings.Join(tab.Kinds(), ", ")
		return nil, c, []error{&Fault{at + ".kind", fmt.Sprintf("%q", c.Kind), want}}
	}
	e := &tab[i]
	full := Choice{Kind: e.Names[0], Params: Values{}}
	var faults []error
	for _, p := range e.Params {
		v, given := c.Params[p.Name]
		switch {
		case given && !p.In.Has(v):
			faults = append(faults, &Fault{at + "." + p.Name, fmt.Sprint(v), p.In.Want})
		case !given && p.Usual != nil:
			v = p.Usual(s)
		case !given:
			v = p.Default
		}
		full.Params[p.Name] = v
	}
	for _, name := range sortedKeys(c.Params) {
		if _, ok := full.Params[name]; !ok {
			faults = append(faults, &Fault{at + "." + name, "a parameter " + e.Names[0] + " does not take",
				e.takes()})
		}
	}
	return e, full, faults
}

// takes lists the parameters of e, as errors print them.
func (e *Entry[B]) takes() string {
	if len(e.Params) == 0 {
		return "none"
	}
	names := make([]string, len(e.Params))
	for i, p := range e.Params {
		names[i] = p.Name
	}
	return "one of " + strings.Join(names, ", ")
}

func sortedKeys(m Values) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
