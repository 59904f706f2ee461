package sample

import (
	"context"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// Names of what a stage's plan reads, keeps and makes. A plan has only those
// that its form and its field want.
const (
	inControls = "controls" // see layout
	inTime     = "t"        // [n]
	inLabel    = "label"    // [n]

	stateRest = "rest" // [n, …] what s₀ in float32 loses

	outAsked   = "asked"   // [n, …] where the field was asked
	outNorms   = "norms"   // [n] ‖f‖²
	outPoint   = "point"   // [n] ‖y‖², where the form has Scalars
	outProduct = "product" // [n] y·f, where the form has Scalars

	outError = "error" // [n] ‖s‖² of the last register, as it becomes
)

// register is the state that keeps register i, [n, …].
func register(i int) string { return fmt.Sprintf("s%d", i) }

// compiledStage is the plan of one stage of n points of the given shape: one row
// of coefficients for each point, spread over its coordinates.
//
// s₀ is kept as the sum of two float32, s₀ + e. With c a row of coefficients,
// from which Set[0][0] is less by 1, so that they give the move and not the new point,
//
//	d         = Σⱼ c₀ⱼ sⱼ + c₀f f + c₀z z + e
//	s₀' + e'  = s₀ + d                           s₀' rounded, e' what that lost
//
// Alone, s₀ would stand still once the move is below half a unit in its last
// place: with η = 0.003, at noise 1e-6. So s₀ is the float32 next to a point of
// twice the precision, and departs from a float64 one by the rounding of d, a unit
// roundoff of a move each.
func compiledStage(ctx context.Context, f Field, form Form, n int, point []int,
	precision plan.Precision) (*plan.Plan,
	error) {
	b := graph.New()
	shape := append([]int{n}, point...)
	s := make([]graph.Node, form.Registers)
	for i := range s {
		s[i] = b.State(register(i), shape...)
	}
	rest := b.State(stateRest, shape...)

	in := stageLayout(f, form, n).input(b)
	c := in.coefficients
	y := weightedSum(b, c, 0, s, shape)
	if form.Masked {
		y = b.Add(b.Mul(b.State(hold(0), shape...), y), weightedSum(b, c, form.held(),
			[]graph.Node{b.State(hold(1), shape...), b.State(hold(2), shape...)}, shape))
	}
	v := f.Build(b, y, in.t, in.label)
	terms := append(append([]graph.Node{}, s...), v)
	if form.Noise {
		terms = append(terms, b.Draw(plan.Normal, in.draws, form.Seed, philox.Fresh, shape...))
	}
	roots := []graph.Root{{Name: outAsked, Node: y}, {Name: outNorms, Node: b.Dot(v, v, n, n)}}
	if form.Scalars {
		roots = append(roots, graph.Root{Name: outPoint, Node: b.Dot(y, y, n, n)},
			graph.Root{Name: outProduct, Node: b.Dot(y, v, n, n)})
	}
	moved := moves(b, c, form, terms, shape)
	for i, next := range moved {
		if i == 0 {
			d := b.Add(next, rest)
			next = b.Add(s[0], d)
			lost := b.Sub(d, b.Sub(next, s[0]))
			roots = append(roots, graph.Root{Node: b.Binary(plan.Assign, rest, lost)})
		}
		if form.Error && i == len(s)-1 {
			roots = append(roots, graph.Root{Name: outError, Node: b.Dot(next, next, n, n)})
		}
		roots = append(roots, graph.Root{Node: b.Binary(plan.Assign, s[i], next)})
	}
	p, err := b.Compile(ctx, precision, roots...)
	if err == nil {
		p.RowsIndependent = true
	}
	return p, err
}

// states are the names of all arrays that a stage keeps of its points.
func (f Form) states() []string {
	names := []string{stateRest}
	for i := range f.Registers {
		names = append(names, register(i))
	}
	if f.Masked {
		for k := range holds {
			names = append(names, hold(k))
		}
	}
	return names
}

// moves are what the registers become, but s₀ by how much: the sums of terms, which are
// the registers, f and the noise that there is.
func moves(b *graph.Builder, c graph.Node, form Form, terms []graph.Node, shape []int) []graph.Node {
	next := make([]graph.Node, form.Registers)
	for i := range next {
		of := terms
		if form.Moments && i == 2 {
			of = slices.Clone(terms)
			of[form.Registers] = b.Mul(terms[form.Registers], terms[form.Registers])
		}
		next[i] = weightedSum(b, c, form.Registers+i*form.terms(), of, shape)
	}
	if form.Moments && b.Err() == nil {
		least := b.SpreadColumn(b.Column(c, form.moves()+1), shape...)
		along := b.Div(next[1], b.Add(b.Unary(plan.Sqrt, next[2]), least))
		next[0] = b.Add(next[0], b.Mul(b.SpreadColumn(b.Column(c, form.moves()), shape...), along))
	}
	return next
}

// weightedSum is Σₖ c[:, first+k]·xₖ, each coefficient for all of a row.
func weightedSum(b *graph.Builder, c graph.Node, first int, xs []graph.Node, shape []int) graph.Node {
	var sum graph.Node
	for k, x := range xs {
		product := b.Mul(b.SpreadColumn(b.Column(c, first+k), shape...), x)
		if k == 0 {
			sum = product
		} else {
			sum = b.Add(sum, product)
		}
	}
	return sum
}

// coefficients writes the row of a stage as compiledStage reads it.
func (f Form) coefficients(dst []float32, st *Stage) {
	k := 0
	for _, c := range st.Ask {
		dst[k] = float32(c)
		k++
	}
	for i, set := range st.Set {
		for j, c := range set {
			if i == 0 && j == 0 {
				c-- // in float64: a step is small beside 1
			}
			dst[k] = float32(c)
			k++
		}
	}
	if f.Moments {
		dst[k], dst[k+1] = float32(st.Rate), float32(st.Least)
	}
}

// rest writes the row of a point that does not move: y is the point, and every register
// keeps its value.
func (f Form) rest(dst []float32) {
	clear(dst)
	dst[0] = 1
	for i := 1; i < f.Registers; i++ {
		dst[f.Registers+i*f.terms()+i] = 1
	}
	if f.Moments {
		dst[f.moves()+1] = 1 // 0/0 has no place there
	}
}

// pickPlan is the rows of x [n, …] whose numbers are in "rows" [m].
func pickPlan(ctx context.Context, n, m int, point []int) (*plan.Plan, error) {
	b := graph.New()
	x := b.State("x", append([]int{n}, point...)...)
	return b.Compile(ctx, plan.Float32, graph.Root{Name: "picked", Node: b.Gather(x, b.Input("rows", m))})
}
