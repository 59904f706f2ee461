package cuda

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

const trainedLen = 1700 // weights of trained

// trained is a plan that multiplies with parts of w and, if w is a state, takes
// a step of AdamW.
func trained(t *testing.T, w *plan.Node) *plan.Plan {
	part := func(off int, shape ...int) *plan.Node {
		return apply(t, plan.Op{Kind: plan.Narrow, Rows: 1, Off: off, Width: plan.Size(shape), Shape: shape},
			w)
	}
	mul, tran := plan.Op{Kind: plan.MatMul}, plan.Op{Kind: plan.MatMul, TransB: true}
	conv, data := plan.Op{Kind: plan.Conv}, plan.Op{Kind: plan.ConvData}
	x, y := leaf(plan.Input, "x", 70, 16), leaf(plan.Input, "y", 70, 24)
	image := apply(t, plan.Op{Kind: plan.Reshape, Shape: []int{2, 7, 5, 16}}, x)
	roots := []plan.Root{
		{Name: "nn", Node: apply(t, mul, x, part(0, 16, 24))},
		{Name: "nt", Node: apply(t, tran, y, part(0, 16, 24))},
		{Name: "even", Node: apply(t, tran, y, part(386, 10, 24))},
		{Name: "odd", Node: apply(t, mul, x, part(627, 16, 2))},
		{Name: "conv", Node: apply(t, conv, image, part(680, 3, 3, 16, 2))},
		{Name: "data", Node: apply(t, data, image, part(1000, 3, 3, 4, 16))},
	}
	if w.Op.Kind == plan.State {
		s := func(name string) *plan.Node { return leaf(plan.State, name, trainedLen) }
		adam := plan.AdamWConst{Beta1: .9, Beta2: .99, Eps: 1e-3, Decay: .1, DecayLen: 1000}
		roots = append(roots, plan.Root{Node: apply(t, plan.Op{Kind: plan.AdamW, Adam: adam}, w, s("m"),
			s("v"),
			s("avg"), leaf(plan.Input, "g", trainedLen), leaf(plan.Input, "scale", 1),
			leaf(plan.Input, "hyper", plan.HyperLen))})
	}
	return compile(t, plan.BFloat16, roots...)
}

func wave(n int, k float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(k + 1.7*float64(i)))
	}
	return x
}

// follower is a program with a copy and one that multiplies with the same weights
// as an input, which has none: their outputs have the same bits.
type follower struct {
	*testing.T
	g, plain *Program
}

func follow(t *testing.T, d *Device) follower {
	f := follower{t, load(t, d, trained(t, leaf(plan.State, "w", trainedLen))),
		load(t, d, trained(t, leaf(plan.Input, "w", trainedLen)))}
	if len(f.g.weightCopies) != 1 || len(f.plain.weightCopies) != 0 {
		t.Fatalf("%d states of one plan have a copy and %d of the other, want 1 and 0", len(f.g.weightCopies),
			len(f.plain.weightCopies))
	}
	for _, h := range []*Program{f.g, f.plain} {
		must(t, h.Write("x", wave(70*16, 1)))
		must(t, h.Write("y", wave(70*24, 2)))
	}
	must(t, f.g.Write("g", wave(trainedLen, 3)))
	must(t, f.g.Write("hyper", []float32{.5, 1, 1, .25}))
	must(t, f.g.Write("scale", []float32{1}))
	return f
}

func (f follower) weights() []float32 {
	w := make([]float32, trainedLen)
	must(f.T, f.g.Read("w", w))
	return w
}

// run does once what f.g does and compares all outputs.
func (f follower) run(after string, run func() error) {
	f.Helper()
	must(f.T, f.plain.Write("w", f.weights()))
	must(f.T, f.plain.Run())
	must(f.T, run())
	for _, q := range f.plain.plan.Outputs {
		n := f.plain.plan.Values[q.Value].Size
		got, want := make([]float32, n), make([]float32, n)
		must(f.T, f.g.Read(q.Name, got))
		must(f.T, f.plain.Read(q.Name, want))
		if !slices.Equal(got, want) {
			f.Errorf("%s after %s: other bits than of the weights themselves: %v…, want %v…", q.Name, after,
				got[:3],
				want[:3])
		}
	}
}

// The copy is the weights rounded at every run, whoever wrote them last, and for
// each way to run; a product that reads it has the bits of one that does not.
func TestWeightCopies(t *testing.T) {
	for _, o := range []emu.Options{{}, {Order: emu.Reverse, Land: emu.LandEarly},
		{Order: emu.Random, Seed: 5, Resident: 2, Land: emu.LandRandom}} {
		d := open(t, emu.New(o))
		f := follow(t, d)
		g := f.g
		trace := func() error { _, err := g.Trace(); return err }
		count := func() error { _, err := g.Count(); return err }
		check := func() error { _, err := g.Check(); return err }
		f.run("loading", g.Run)
		for k, how := range []func() error{g.Run, trace, count} {
			must(t, g.Write("w", wave(trainedLen, float64(10+k))))
			f.run("Write", how)
			f.run("a step", how)
		}
		must(t, g.Write("w", wave(trainedLen, 20)))
		must(t, check())
		f.run("Write and Check", g.Run)
		must(t, check())
		f.run("a step and Check", trace)
		must(t, g.Copy("w", g, "avg"))
		f.run("Copy", g.Run)
		must(t, g.Write("scale", []float32{float32(math.NaN())}))
		f.run("a step", g.Run)
		w := f.weights()
		f.run("a step of scale NaN", g.Run)
		if !slices.Equal(w, f.weights()) {
			t.Error("a scale of NaN: the weights changed")
		}
		must(t, g.Close())
		must(t, f.plain.Close())
		must(t, d.Close())
	}
}

// A run that goes on from the states of another is the same run to the bit.
func TestWeightCopiesResumes(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	whole, half := follow(t, d), follow(t, d)
	for _, f := range []follower{whole, half} {
		for k, name := range []string{"w", "m", "v", "avg"} {
			x := wave(trainedLen, float64(k))
			for i := range x {
				x[i] *= x[i] // v is positive
			}
			must(t, f.g.Write(name, x))
		}
		must(t, f.g.Run())
	}
	rest := follow(t, d)
	for _, q := range half.g.plan.States {
		x := make([]float32, trainedLen)
		must(t, half.g.Read(q.Name, x))
		must(t, rest.g.Write(q.Name, x))
	}
	for range 3 {
		must(t, whole.g.Run())
		must(t, rest.g.Run())
	}
	if a, b := state(t, whole.g), state(t, rest.g); a != b {
		t.Errorf("a run resumed after a step has %.200s…, want %.200s…", b, a)
	}
	for _, f := range []follower{whole, half, rest} {
		must(t, f.g.Close())
		must(t, f.plain.Close())
	}
	must(t, d.Close())
}

// The kernels of a plan that reads a copy say so, all but that of the one at an odd number.
func TestWeightCopiesLaunches(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	f := follow(t, d)
	var names []string
	for i := range f.g.launches {
		if n := f.g.launches[i].Name(); strings.Contains(n, "bf16") {
			names = append(names, n)
		}
	}
	want := []string{"gemm_bf16_copy_nn_small", "gemm_bf16_copy_nt_small", "gemm_bf16_copy_nt_small",
		"gemm_bf16_nn_small", "conv_bf16_copy_32", "conv_data_bf16_copy_32"}
	if !slices.Equal(names, want) {
		t.Errorf("launches %v, want %v", names, want)
	}
	must(t, f.g.Close())
	must(t, f.plain.Close())
	must(t, d.Close())
}

// Which states have a copy.
func TestFindWeightCopies(t *testing.T) {
	const n = 16
	mul, tran := plan.Op{Kind: plan.MatMul}, plan.Op{Kind: plan.MatMul, TransA: true}
	w, x := leaf(plan.State, "w", n), leaf(plan.Input, "x", n)
	square := func(v *plan.Node) *plan.Node {
		return apply(t, plan.Op{Kind: plan.Reshape, Shape: []int{4, 4}},
			v)
	}
	part := apply(t, plan.Op{Kind: plan.Narrow, Rows: 1, Off: 8, Width: 8, Shape: []int{4, 2}}, w)
	product := apply(t, mul, square(x), square(w))
	adam := func(in ...*plan.Node) *plan.Node {
		in = append(in, x, leaf(plan.Input, "scale", 1), leaf(plan.Input, "hyper", plan.HyperLen))
		return apply(t, plan.Op{Kind: plan.AdamW}, in...)
	}
	u, m, v := leaf(plan.State, "u", n), leaf(plan.State, "m", n), leaf(plan.State, "v", n)
	for _, tt := range []struct {
		name   string
		y      *plan.Node
		effect *plan.Node
		want   bool
	}{
		{"a product", product, nil, true},
		{"an alias", apply(t, mul, square(x), part), nil, true},
		{"the left operand", apply(t, mul, square(w), square(x)), nil, false},
		{"of a gradient", apply(t, tran, square(x), square(w)), nil, false},
		{"no product", apply(t, plan.Op{Kind: plan.Exp}, w), nil, false},
		{"AdamW's weights", product, adam(w, m, v, u), true},
		{"AdamW's average", product, adam(u, m, v, w), false},
		{"assigned to", product, apply(t, plan.Op{Kind: plan.Assign}, w, x), false},
	} {
		roots := []plan.Root{{Name: "y", Node: tt.y}}
		if tt.effect != nil {
			roots = append(roots, plan.Root{Node: tt.effect})
		}
		for prec, want := range map[plan.Precision]bool{plan.BFloat16: tt.want, plan.TF32: false,
			plan.Float32: false} {
			if got := len(findWeightCopies(compile(t, prec, roots...))) > 0; got != want {
				t.Errorf("%s, %v: the state has a copy: %v, want %v", tt.name, prec, got, want)
			}
		}
	}
}
