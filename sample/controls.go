package sample

import (
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// layout says what the host tells a stage of n points: one flat input, so that a device
// has it in one copy. In order it has
//
//	coefficients  [n, Form.columns()]  of each point's move: see compiledStage
//	draws         [n, 3]               what each point's z is, where there is noise: plan.DrawRow
//	t             [n]                  where the field takes a time
//	label         [n]                  where it takes a label
type layout struct {
	form        Form
	time, label bool
	n           int
}

// widths are how many numbers of a point each part has.
func (l layout) widths() [4]int {
	w := [4]int{l.form.columns()}
	if l.form.Noise {
		w[1] = plan.DrawLen
	}
	if l.time {
		w[2] = 1
	}
	if l.label {
		w[3] = 1
	}
	return w
}

// len is how many numbers there are.
func (l layout) len() int {
	sum := 0
	for _, w := range l.widths() {
		sum += w * l.n
	}
	return sum
}

// controls are the numbers of a layout; parts that it does not have are empty.
type controls struct{ all, coefficients, draws, t, label []float32 }

// in lays the controls out in memory for at least as many numbers.
func (l layout) in(memory []float32) controls {
	c := controls{all: memory[:l.len()]}
	rest := c.all
	for k, part := range []*[]float32{&c.coefficients, &c.draws, &c.t, &c.label} {
		n := l.widths()[k] * l.n
		*part, rest = rest[:n], rest[n:]
	}
	return c
}

// parts are those of the input in the graph of a stage; nil where it does not have one.
type parts struct{ coefficients, draws, t, label graph.Node }

// input makes the input and returns its parts.
func (l layout) input(b *graph.Builder) parts {
	all := b.Input(inControls, l.len())
	var c parts
	first := 0
	for k, part := range []*graph.Node{&c.coefficients, &c.draws, &c.t, &c.label} {
		w := l.widths()[k]
		if w == 0 {
			continue
		}
		shape := []int{l.n, w}
		if k >= 2 {
			shape = shape[:1]
		}
		*part = b.Narrow(all, 1, first, w*l.n, shape...)
		first += w * l.n
	}
	return c
}

// stageLayout is that of a stage of n points of f.
func stageLayout(f Field, form Form, n int) layout {
	time, label := f.Told()
	return layout{form: form, time: time, label: label, n: n}
}
