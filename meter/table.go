package meter

import "github.com/stillfield/stillfield/choice"

// Meter is a way to measure a field.
type Meter struct {
	take func(b *Bench) (*Reading, error)
	cost func(s Subject) Cost
}

// Cost is about what a meter takes.
type Cost struct {
	Evaluations float64 // of the field, or as much work
	Exact       float64 // points at which the exact field is computed, once for all weights
}

// Meters is the table of meters. Each is added in the file that has it.
var Meters = choice.Table[Meter]{What: "meter", Key: "meter"}

// points is how many points a meter looks at, of each set.
func (s Subject) points() float64 { return float64(s.Draws * s.Times) }

// Cost is about what the meters of those names take: at most, for meters that look at the
// same points share them.
func (s Subject) Cost(names []string) (c Cost) {
	for _, name := range names {
		if e, ok := Meters.Find(name); ok {
			one := e.Make.cost(s)
			c.Evaluations += one.Evaluations
			c.Exact += one.Exact
		}
	}
	return c
}
