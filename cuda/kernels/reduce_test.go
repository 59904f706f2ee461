package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// Sums of whole numbers are exact in any order: every element must be counted
// once, in every regime, whole and in slices.
func TestSum(t *testing.T) {
	ms := inOrders(t)
	for k, s := range [][3]int{
		{1, 1, 1}, {1, 31, 1}, {3, 33, 1}, {2, 257, 1}, {1, 4097, 1}, {2, 6000, 1}, {300, 5, 1},
		// rows, slices from 4096
		{1, 3, 2}, {2, 9, 31}, {2, 8, 33}, {3, 7, 64}, {1, 255, 5}, {1, 260, 40}, {2, 1030, 3},
		// columns, slices from 256
	} {
		o, m, i := s[0], s[1], s[2]
		x := whole(o*m*i, 1, 9)
		want := define(t, plan.Op{Kind: plan.Sum, Outer: o, Inner: i, Shape: []int{o, i}}, [][]float32{x},
			[]int{o, m, i})
		d := ms[k%len(ms)].in(t)
		y, p := d.room(o*i, 0), d.put(x, 0)
		d.run(plan.Float32, func(l *List) { l.Sum(y, p, o, m, i) })
		near(t, fmt.Sprint(s), d.get(y, o*i), want, 0)
	}
}

func TestDot(t *testing.T) {
	ms := inOrders(t)
	for k, s := range [][2]int{{1, 1}, {4, 31}, {2, 33}, {3, 256}, {1, 4095}, {1, 4097}, {2, 7000}} {
		x, y := whole(s[0]*s[1], 1, 9), whole(s[0]*s[1], 2, 9)
		shape := []int{s[0], s[1]}
		want := define(t, plan.Op{Kind: plan.Dot, Rows: s[0], Shape: shape[:1]}, [][]float32{x, y}, shape,
			shape)
		d := ms[k%len(ms)].in(t)
		out, px, py := d.room(s[0], 0), d.put(x, 0), d.put(y, 0)
		d.run(plan.Float32, func(l *List) { l.Dot(out, px, py, s[0], s[1]) })
		near(t, fmt.Sprint(s), d.get(out, s[0]), want, 0)
	}
}

func TestFinite(t *testing.T) {
	m := newMachine(t, emu.Options{})
	bad := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	for _, tt := range []struct{ n, width, pitch int }{{1, 1, 1}, {257, 257, 257}, {70000, 70000, 70000}, {60,
		5, 9}} {
		rows := tt.n / tt.width
		for k, at := range []int{-1, 0, tt.n / 2, tt.n - 1} {
			x := whole(rows*tt.pitch, 1, 5)
			for r := range rows { // between the rows is not looked at
				for j := tt.width; j < tt.pitch; j++ {
					x[r*tt.pitch+j] = bad[0]
				}
			}
			want := uint32(math.MaxUint32)
			if at >= 0 {
				want = uint32(at)
				for _, i := range []int{at, tt.n - 1} { // the first of two
					x[i/tt.width*tt.pitch+i%tt.width] = bad[k%3]
				}
			}
			d := m.in(t)
			first, p := d.room(FiniteBlocks(tt.n), 0), d.put(x, 0)
			d.run(plan.Float32, func(l *List) { l.Finite(first, p, tt.n, tt.width, tt.pitch) })
			least := uint32(math.MaxUint32)
			for _, f := range d.get(first, FiniteBlocks(tt.n)) {
				least = min(least, math.Float32bits(f))
			}
			if least != want {
				t.Errorf("%+v: first bad element is %d, want %d", tt, least, want)
			}
		}
	}
}

// AdamW with three averages follows its definition for several steps, leaves everything alone when
// scale is NaN, and decays the first weights only.
func TestAdamW(t *testing.T) {
	const n, decayed = 300, 130
	m := newMachine(t, emu.Options{})
	c := plan.AdamWConst{Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .1, DecayLen: decayed, More: 2}
	x := [][]float32{uniform(n, 1, -1, 1), uniform(n, 2, -.1, .1), uniform(n, 3, 0, .1), uniform(n, 4, -1, 1),
		uniform(n, 5, -1, 1), uniform(n, 6, -1, 1), uniform(n, 7, -1, 1), {.5}, {1e-2, 1.5, 2, 1e-3, .25, 1}}
	shapes := [][]int{{n}, {n}, {n}, {n}, {n}, {n}, {n}, {1}, {plan.HyperLen + 2}}
	ref := tensors(x, shapes)
	p := m.putAll(x)
	step := func(l *List) { l.AdamW(p[0], p[1], p[2], p[3:6], p[6], p[7], p[8], n, c) }
	for range 3 {
		evalInPlace(t, plan.Op{Kind: plan.AdamW, Adam: c}, ref)
		m.run(plan.Float32, step)
	}
	states := []string{"w", "m", "v", "avg", "avg 2", "avg 3"}
	var before [][]float32
	for k, name := range states {
		before = append(before, m.get(p[k], n))
		near(t, name, before[k], ref[k].Data, 3*16*u)
	}
	m.copyIn(p[7], raw([]float32{float32(math.NaN())}))
	m.run(plan.Float32, step)
	for k, name := range states {
		if !slices.Equal(before[k], m.get(p[k], n)) {
			t.Errorf("%s changed under a scale of NaN", name)
		}
	}
}

// Clip keeps the record of plan.Clip through a run with a failure.
func TestClip(t *testing.T) {
	const slots = 6
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	m := newMachine(t, emu.Options{})
	log := make([]float32, 1+2*slots)
	ref := tensors([][]float32{log, {0}, {0}, {0}}, [][]int{{len(log)}, {1}, {1}, {1}})
	plog, scale := m.put(log, 0), m.room(1, 0)
	for k, q := range [][2]float32{{1, 4}, {.5, .25}, {2, 0}, {nan, 1}, {1, 1}, {1, inf}} {
		ref[1].Data[0], ref[2].Data[0], ref[3].Data[0] = float64(q[0]), float64(q[1]), float64(k)
		want := evalInPlace(t, plan.Op{Kind: plan.Clip, Max: 1}, ref)
		loss, gg, slot := m.put(q[:1], 0), m.put(q[1:], 0), m.put([]float32{float32(k)}, 0)
		m.run(plan.Float32, func(l *List) { l.Clip(scale, plog, loss, gg, slot, slots, 1) })
		if got := float64(m.get(scale, 1)[0]); got != want[0] && !(math.IsNaN(got) && math.IsNaN(want[0])) {
			t.Errorf("step %d: scale %v, want %v", k, got, want[0])
		}
		for i, v := range m.get(plog, len(log)) {
			if w := ref[0].Data[i]; float64(v) != w && !(v != v && math.IsNaN(w)) {
				t.Errorf("step %d: log[%d] = %v, want %v", k, i, v, w)
			}
		}
	}
	for _, bad := range []float32{-1, slots,
		nan} { // a slot that is none writes nowhere: the emulator would find it
		p := m.put([]float32{bad}, 0)
		one := m.put([]float32{1}, 0)
		m.run(plan.Float32, func(l *List) {
			l.Clip(scale, m.put(make([]float32, 1+2*slots), 0), one, one, p,
				slots, 1)
		})
	}
}

// Gather moves rows bit for bit, wherever the numbers point: to rows twice, to
// none, between two, past both ends, to NaN.
func TestGather(t *testing.T) {
	ms := inOrders(t)
	for k, s := range [][2]int{{1, 1}, {7, 5}, {7, 255}, {9, 256}, {9, 257}, {300, 3}, {3, 64*256 + 7}} {
		n, width := s[0], s[1]
		d := ms[k%len(ms)].in(t)
		inf := float32(math.Inf(1))
		index := []float32{float32(n - 1), 0, float32(n / 2), float32(n / 2), -1, .75, float32(n), 1e30, inf,
			-inf, float32(math.NaN())}
		x := uniform(n*width, 2, -1, 1)
		want := define(t, plan.Op{Kind: plan.Gather}, [][]float32{x, index}, []int{n, width},
			[]int{len(index)})
		y, px, pi := d.room(len(index)*width, 0), d.put(x, 0), d.put(index, 0)
		d.run(plan.Float32, func(l *List) { l.Gather(y, px, pi, n, len(index), width) })
		near(t, fmt.Sprint(s), d.get(y, len(index)*width), want, 0)
	}
}
