package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// Init says how the elements of a weight start: normal with standard deviation Std
// around Mean.
type Init struct{ Mean, Std float64 }

// The usual starts.
var (
	Zero = Init{}
	One  = Init{Mean: 1}
)

// FanIn is Std = 1/√n, with which a sum of n inputs of variance 1 has variance 1 (LeCun
// et al., Efficient BackProp, 1998).
func FanIn(n int) Init { return Init{Std: 1 / math.Sqrt(float64(n))} }

// Param is one weight tensor, at Offset of the flat buffer.
type Param struct {
	Name   string
	Shape  []int
	Init   Init
	Offset int
	order  int // how many weights the network asked for before it
}

// Size is the number of elements.
func (p Param) Size() int { return plan.Size(p.Shape) }

// Params are the weights of a network, in the order of the flat buffer: matrices
// before vectors, so that weight decay is for a prefix of the buffer, and among each
// those of a multiple of 16 elements first, so that these start at multiples of 64
// bytes.
type Params struct {
	List     []Param
	Len      int // elements in all
	DecayLen int // elements in matrices, which come first
	Told     Condition

	energy Energy       // that the network makes of its output
	flat   graph.Node   // what Get takes views of; nil while declaring
	views  []graph.Node // of flat, by index in List
	find   map[string]int
}

// Get returns the weight of that name and shape. While Declare runs the network, it
// notes the weight; later it must be one that was noted.
func (p *Params) Get(b *graph.Builder, name string, init Init, shape ...int) graph.Node {
	if p.flat == nil {
		if _, twice := p.find[name]; twice {
			b.Fail(fmt.Errorf("model: two weights are called %q", name))
			return nil
		}
		p.find[name] = len(p.List)
		p.List = append(p.List, Param{Name: name, Shape: slices.Clone(shape), Init: init, order: len(p.List)})
		return b.Input(name, shape...)
	}
	i, ok := p.find[name]
	if !ok || !slices.Equal(p.List[i].Shape, shape) {
		b.Fail(fmt.Errorf("model: weight %q %v was not declared so", name, shape))
		return nil
	}
	return p.views[i]
}

// Bind returns Params whose weights are parts of flat, a state of Len elements of b.
func (p *Params) Bind(b *graph.Builder, flat graph.Node) *Params {
	q := *p
	q.flat = flat
	q.views = make([]graph.Node, len(p.List))
	for i, w := range p.List {
		q.views[i] = b.Narrow(flat, 1, w.Offset, w.Size(), w.Shape...)
	}
	return &q
}

// Gradient returns the gradient of a scalar cost in all weights, [Len] in their order.
// p must be bound.
func (p *Params) Gradient(b *graph.Builder, cost graph.Node) graph.Node {
	return b.Concat(1, []int{p.Len}, b.Gradients(cost, p.views...)...)
}

// Declare runs net once, on a graph that is thrown away, and lays out the weights it
// asks for on points of the given shape, [D] or [H, W, C].
func Declare(net Network, point []int) (*Params, error) {
	told := net.Told()
	return Lay(point, func(b *graph.Builder, p *Params, u graph.Node) {
		p.Told = told
		if c, ok := net.(Conservative); ok {
			p.energy = c.Energy
		}
		in := asked(b, u, told.Clock, told.Classes > 0)
		in.Scale = in.T // any number for each point
		f := net.Build(b, p, in)
		if b.Err() == nil && !slices.Equal(f.Shape(), u.Shape()) {
			b.Fail(fmt.Errorf("model: %v maps %v to %v, want a field of the point's shape",
				net, u.Shape(), f.Shape()))
		}
	})
}

// Lay runs build once, likewise, on one point u [1, …] of the given shape: it lays out the
// weights of what is no field, and may have any result.
func Lay(point []int, build func(b *graph.Builder, p *Params, u graph.Node)) (*Params, error) {
	b, p := graph.New(), &Params{find: map[string]int{}}
	build(b, p, b.Input("u", append([]int{1}, point...)...))
	if err := b.Err(); err != nil {
		return nil, err
	}
	p.layOut()
	return p, nil
}

func (p *Params) layOut() {
	rank := func(w Param) int {
		r := 0
		if len(w.Shape) < 2 {
			r = 2
		}
		if w.Size()%16 != 0 {
			r++
		}
		return r
	}
	slices.SortStableFunc(p.List, func(a, b Param) int { return rank(a) - rank(b) })
	p.Len = 0
	for i := range p.List {
		w := &p.List[i]
		w.Offset = p.Len
		p.Len += w.Size()
		if len(w.Shape) >= 2 {
			p.DecayLen = p.Len
		}
		p.find[w.Name] = i
	}
}

// Start fills flat, of Len elements, with the weights that a run of that seed starts
// from. Each weight draws as a sample of its own, numbered in the order in which the
// network asks for them, so they do not depend on the layout.
func (p *Params) Start(flat []float32, seed uint64) {
	for _, w := range p.List {
		x := flat[w.Offset : w.Offset+w.Size()]
		if w.Init.Std != 0 {
			philox.Normals(x, seed, uint64(w.order), philox.Weights)
		}
		for i := range x {
			x[i] = float32(w.Init.Mean + w.Init.Std*float64(x[i]))
		}
	}
}
