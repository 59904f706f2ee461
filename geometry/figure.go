package geometry

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

// Figure is one thing to compute and look at.
type Figure struct {
	Name  string
	About string // one line
	// Cost is about how many seconds it takes on two cores, for the time that is left
	// of several.
	Cost    float64
	Inputs  Inputs
	compute func(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error)
}

// Inputs are what a figure's numbers depend on, beside the program.
type Inputs struct {
	Seed  uint64 `json:"seed"`
	Draws int    `json:"draws"` // of each Monte Carlo average or sampler; 0 where there is none
	Dims  []int  `json:"dims,omitempty"`
	Times int    `json:"times,omitempty"` // noise times of a trained field
	Of    string `json:"of,omitempty"`    // what identifies it
}

// Result is what a figure says.
type Result struct {
	Figure  string    `json:"figure"`
	Title   string    `json:"title"`
	Text    []string  `json:"text"`   // paragraphs
	Points  []string  `json:"points"` // a list below them
	Label   string    `json:"label"`  // how the numbers were got, with their error
	Prior   string    `json:"prior"`  // with its truncation
	Inputs  Inputs    `json:"inputs"` // as they were
	Tables  []Table   `json:"tables"`
	Plots   []Plot    `json:"plots"`
	Errata  []Erratum `json:"errata"`
	Seconds float64   `json:"seconds"`
}

// Erratum is a statement of the paper that the exact fields do not bear out.
type Erratum struct {
	Number   int    `json:"number"`
	Claim    string `json:"claim"`
	Holds    string `json:"holds"`
	Measured string `json:"measured"`
}

// Figures lists the figures in the order of the page.
func Figures() []Figure {
	return []Figure{landscape(), concentration(), singularity(), jensen(), stability(), flow(), rings()}
}

// Find is the figure of that name.
func Find(name string) (Figure, error) {
	var names []string
	for _, f := range Figures() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Figure{}, fmt.Errorf("geometry: figure: got %s, want %s", choice.Show(name), choice.OneOf(name,
		names))
}

// Compute computes f.
func (f Figure) Compute(ctx context.Context, progress func(done, of int)) (*Result, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	r, err := f.compute(ctx, f.Inputs, progress)
	if err != nil {
		return nil, fmt.Errorf("geometry: %s: %w", f.Name, err)
	}
	r.Figure, r.Inputs = f.Name, f.Inputs
	return r, nil
}
