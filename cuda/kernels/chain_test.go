package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/plan/reference"
)

// unary is the chain y = op(x).
func unary(k plan.Kind, n int) *plan.Chain {
	v := plan.PlainView(n)
	return &plan.Chain{Len: n, Regs: 1, Args: []plan.Arg{{Value: 0, View: v}}, Outs: []plan.Arg{{Value: 1,
		View: v}},
		Code: []plan.Instr{{Kind: plan.Load}, {Kind: k}, {Kind: plan.Store}}}
}

func (m *machine) chain(ch *plan.Chain, ptrs ...driver.Ptr) {
	m.t.Helper()
	m.run(plan.Float32, func(l *List) { l.Chain(ch, func(v int) driver.Ptr { return ptrs[v] }, nil) })
}

// spread is n float32 over all bit patterns, the special ones and both signs.
func spread(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(uint32(i) * 2654435769) // 2³²/φ: evenly over the patterns
	}
	copy(x, []float32{0, float32(math.Copysign(0, -1)), 1, -1, math.MaxFloat32, math.SmallestNonzeroFloat32,
		float32(math.Inf(1)), float32(math.Inf(-1)),
		105614.99, 105615, 1e5, 0.55, -0.55, 88.72, -87.4, math.Pi,
		2e-38})
	return x
}

// Each function keeps the error that math.cuh states for it.
func TestElementary(t *testing.T) {
	x := spread(20000)
	near1 := uniform(4000, 1, -10, 10)
	for _, tt := range []struct {
		kind plan.Kind
		ulp  float64
	}{
		{plan.Exp, 1}, {plan.Log, 0.82}, {plan.Sqrt, 0.5}, {plan.Recip, 0.5}, {plan.Sin, 2.7}, {plan.Cos,
			2.7},
		{plan.Tanh, 1.6}, {plan.Sigmoid, 2.4}, {plan.SiLU, 3},
	} {
		for name, x := range map[string][]float32{"all": x, "near": near1} {
			t.Run(tt.kind.String()+"/"+name, func(t *testing.T) {
				m := newMachine(t, emu.Options{})
				y := m.room(len(x), 0)
				m.chain(unary(tt.kind, len(x)), m.put(x, 0), y)
				for i, got := range m.get(y, len(x)) {
					want := reference.Pointwise(tt.kind, 0, float64(x[i]), 0)
					if err := ulps(got, want); !(err <= tt.ulp) && !subnormalSiLU(tt.kind, x[i]) {
						t.Fatalf("%v(%v) = %v, want %v: %.2f ulp, stated %.2f", tt.kind, x[i], got, want, err,
							tt.ulp)
					}
				}
			})
		}
	}
}

// subnormalSiLU: e⁻|x| is subnormal, and so SiLU(x) is within 2⁻¹⁴³ and no better.
func subnormalSiLU(k plan.Kind, x float32) bool { return k == plan.SiLU && x < -87 }

// ulps is the error of got in units of the last place of want in float32.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	switch {
	case math.IsNaN(want) && got != got, got == w:
		return math.Max(0, roundoff(w, want))
	case math.IsInf(float64(w), 0) || math.IsInf(float64(got), 0):
		return math.Inf(1)
	}
	return math.Abs(float64(got)-want) / unit(w)
}

func roundoff(w float32, want float64) float64 {
	if w != w || math.IsInf(float64(w), 0) {
		return 0
	}
	return math.Abs(float64(w)-want) / unit(w)
}

func unit(w float32) float64 {
	_, e := math.Frexp(math.Abs(float64(w)))
	return math.Ldexp(1, max(e-24, -149))
}

// Uniform numbers are those of package philox, bit for bit, and normals within
// three roundings of √(−2 ln u), in every way rows meet quads, up to the last
// sample and draw there are.
func TestRandom(t *testing.T) {
	const seed, purpose = 0xfedcba9876543210, 0x9a
	for _, row := range []int{1, 3, 4, 5, 8, 127, 512} {
		t.Run(fmt.Sprint(row), func(t *testing.T) {
			const rows = 5
			n := row * rows
			m := newMachine(t, emu.Options{})
			var drawn []float32
			for r := range uint64(rows) {
				row := plan.DrawRow(1<<48-1-2*r, uint32(r)<<22)
				drawn = append(drawn, row[:]...)
			}
			source := m.put(drawn, 0)
			u, z := m.room(n, 0), m.room(n, 0)
			v := plan.PlainView(n)
			in := plan.Instr{Row: row, Seed: seed, Purpose: purpose}
			uni, nor := in, in
			uni.Kind, nor.Kind, nor.Dst = plan.Uniform, plan.Normal, 1
			m.chain(&plan.Chain{Len: n, Regs: 2, Args: []plan.Arg{{Value: 0, View: plan.PlainView(3 * rows)}},
				Outs: []plan.Arg{{Value: 1, View: v}, {Value: 2, View: v}},
				Code: []plan.Instr{uni, nor, {Kind: plan.Store, A: 1, B: 1},
					{Kind: plan.Store}}}, source, u, z)
			gotU, gotZ := m.get(u, n), m.get(z, n)
			for i := range n {
				r, e := i/row, i%row
				s := uint64(1<<48-1) - 2*uint64(r)
				w := philox.Words(seed, s, philox.Draw(purpose, uint32(r)<<22), uint32(e/4))
				if want := philox.Uniform(w[e%4]); gotU[i] != want {
					t.Fatalf("uniform %d of sample %d = %v, want %v", e, s, gotU[i], want)
				}
				a, b := philox.NormalPair(w[e%4&2], w[e%4&2+1])
				want := [2]float64{a, b}[e%2]
				if d := math.Abs(float64(gotZ[i]) - want); !(d <= 3*0x1p-23*math.Hypot(a, b)) {
					t.Fatalf("normal %d of sample %d = %v, want %v", e, s, gotZ[i], want)
				}
			}
		})
	}
}

// Views of every mode, aligned and not, at lengths around a quad and a block,
// copy bit for bit, as sources and as destinations.
func TestViews(t *testing.T) {
	for _, tt := range []struct {
		name string
		view plan.View
		off  int
	}{
		{"plain", plan.PlainView(513), 0},
		{"plain, a quad short", plan.PlainView(511), 0},
		{"one", plan.PlainView(1), 0},
		{"plain, unaligned", plan.PlainView(130), 1},
		{"from the middle", plan.View{Off: 7, Axes: 1, Dims: [6]int{33}, Strides: [6]int{1}}, 0},
		{"every third", plan.View{Axes: 1, Dims: [6]int{65}, Strides: [6]int{3}}, 0},
		{"rows of quads", plan.View{Axes: 2, Dims: [6]int{5, 8}, Strides: [6]int{16, 1}}, 0},
		{"rows of quads, unaligned", plan.View{Axes: 2, Dims: [6]int{5, 8}, Strides: [6]int{17, 1}}, 0},
		{"rows of 5", plan.View{Axes: 2, Dims: [6]int{7, 5}, Strides: [6]int{8, 1}}, 0},
		{"transposed", plan.View{Axes: 2, Dims: [6]int{9, 12}, Strides: [6]int{1, 9}}, 0},
		{"six axes", plan.View{Axes: 6, Dims: [6]int{2, 3, 2, 1, 3, 4},
			Strides: [6]int{400, 100, 49, 7, 13, 3}},
			0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, reach := tt.view.Len(), 0
			for i := range n {
				reach = max(reach, tt.view.At(i))
			}
			x := uniform(reach+1, 1, -1, 1)
			m := newMachine(t, emu.Options{})
			y, z := m.room(n, 0), m.put(make([]float32, reach+1), tt.off)
			load := unary(plan.Load, n)
			load.Args[0].View = tt.view
			m.chain(load, m.put(x, tt.off), y)
			store := unary(plan.Load, n)
			store.Outs[0].View = tt.view
			m.chain(store, y, z)
			got, back := m.get(y, n), m.get(z, reach+1)
			for i := range n {
				if e := tt.view.At(i); got[i] != x[e] || back[e] != x[e] {
					t.Fatalf("element %d: loaded %v, stored %v, want %v", i, got[i], back[e], x[e])
				}
			}
		})
	}
}

// A broadcast operand: every stride 0, the last, and one in the middle.
func TestSplat(t *testing.T) {
	x := uniform(15, 1, -1, 1)
	for _, v := range []plan.View{
		{Axes: 1, Dims: [6]int{37}}, {Axes: 2, Dims: [6]int{5, 8}, Strides: [6]int{3, 0}},
		{Axes: 2, Dims: [6]int{5, 7}, Strides: [6]int{3, 0}},
		{Axes: 3, Dims: [6]int{3, 4, 5}, Strides: [6]int{5, 0, 1}},
	} {
		n := v.Len()
		m := newMachine(t, emu.Options{})
		y := m.room(n, 0)
		ch := unary(plan.Load, n)
		ch.Args[0].View = v
		m.chain(ch, m.put(x, 0), y)
		for i, got := range m.get(y, n) {
			if want := x[v.At(i)]; got != want {
				t.Fatalf("%v: element %d is %v, want %v", v, i, got, want)
			}
		}
	}
}
