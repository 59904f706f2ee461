package kernels

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// halfForms are all Halfs but that of float32 alone.
func halfForms() (hs []Half) {
	for k := 1; k < 8; k++ {
		hs = append(hs, Half{A: k&1 != 0, B: k&2 != 0, C: k&4 != 0})
	}
	return hs
}

// operandPair is two operands, in float32 and, rounded, in bfloat16.
type operandPair struct{ wide, half [2]driver.Ptr }

func (m *machine) pair(a, b []float32) (p operandPair) {
	for i, x := range [][]float32{a, b} {
		p.wide[i] = m.put(x, 0)
		p.half[i] = m.copyOf(p.wide[i], len(x), 0).At
	}
	return p
}

// in is where operand i of p is read.
func (p operandPair) in(i int, half bool) driver.Ptr {
	if half {
		return p.half[i]
	}
	return p.wide[i]
}

// sameForms holds what make adds for every Half to the bits it computes in float32, those
// of the result rounded where that is bfloat16, and kernels to be of the right form.
func (m *machine) sameForms(p operandPair, n int, make func(l *List, y, a, b driver.Ptr)) {
	m.t.Helper()
	y := m.room(n, 0)
	m.run(plan.BFloat16, func(l *List) { make(l, y, p.wide[0], p.wide[1]) })
	want := m.get(y, n)
	for _, h := range halfForms() {
		at, name := m.room(n, 0), ""
		m.run(plan.BFloat16, func(l *List) {
			l.Half = h
			make(l, at, p.in(0, h.A), p.in(1, h.B))
			name = l.Launches[0].Kernel.Name
		})
		of := "bf16" + forms[[2]bool{h.A, h.B}]
		if !strings.Contains(name, of+"_") && !strings.HasSuffix(name, of) {
			m.t.Errorf("%+v is for %s, want a kernel of the form %q", h, name, of)
		}
		if h.C {
			for i, got := range m.read(BF16Copy{At: at, N: n}) {
				if got != nearest(want[i]) {
					m.t.Fatalf("%s %+v: element %d is %04x, want %g rounded, %04x", name, h, i, got, want[i],
						nearest(want[i]))
				}
			}
			continue
		}
		for i, got := range m.get(at, n) {
			if math.Float32bits(got) != math.Float32bits(want[i]) {
				m.t.Fatalf("%s %+v: element %d is %g, want %g", name, h, i, got, want[i])
			}
		}
	}
}

// Products of operands in bfloat16 give the bits of those that round for themselves, in
// either tile and each transpose: about tiles, in slices, in a batch.
func TestHalfGemm(t *testing.T) {
	ms := inOrders(t)
	for k, tt := range []struct {
		m   Matrix
		big bool
	}{
		{Matrix{Batch: 1, M: 72, N: 56, K: 40}, false},
		{Matrix{Batch: 2, M: 8, N: 16, K: 520}, false}, // a batch, in slices
		{Matrix{Batch: 1, M: 136, N: 144, K: 72}, true},
		{Matrix{Batch: 1, M: 128, N: 128, K: 32}, true},
	} {
		for _, tr := range []string{"nn", "nt", "tn", "tt"} {
			s := tt.m
			s.TransA, s.TransB = tr[0] == 't', tr[1] == 't'
			t.Run(fmt.Sprint(s), func(t *testing.T) {
				d := ms[k%len(ms)].in(t)
				p := d.pair(uniform(s.Batch*s.M*s.K, 1, -1, 1), uniform(s.Batch*s.K*s.N, 2, -1, 1))
				bias := d.put(uniform(s.N, 3, -1, 1), 0)
				d.sameForms(p, s.Batch*s.M*s.N, func(l *List, y, a, b driver.Ptr) {
					l.gemm(y, a, b, Epilogue{Bias: bias, SiLU: true}, s, tt.big)
				})
			})
		}
	}
}

// The same of convolutions and their gradients, in every width of tile.
func TestHalfConv(t *testing.T) {
	ms := inOrders(t)
	for k, c := range []Convolution{
		{1, 3, 5, 8, 16, 3}, {2, 3, 3, 16, 40, 1}, {1, 4, 5, 8, 8, 5}, {1, 3, 4, 64, 136, 3},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			d := ms[k%len(ms)].in(t)
			x, g := uniform(c.N*c.H*c.W*c.C, 1, -1, 1), uniform(c.N*c.H*c.W*c.O, 2, -1, 1)
			w := uniform(c.K*c.K*c.C*c.O, 3, -1, 1)
			pixels, taps := c.N*c.H*c.W, c.K*c.K
			wide := func(l *List, name string, y, a, b driver.Ptr, M, N, K int) {
				k := find(name + "bf16" + forms[[2]bool{l.Half.A, l.Half.B}] + "_128")
				l.convTiles(k, 128, y, a, b, Epilogue{half: l.Half.C}, c, M, N, K)
			}
			p := d.pair(x, w)
			d.sameForms(p, len(g), func(l *List, y, a, b driver.Ptr) {
				l.Conv(y, a, b, Epilogue{}, c)
			})
			d.sameForms(p, len(g), func(l *List, y, a, b driver.Ptr) {
				wide(l, "conv_", y, a, b, pixels, c.O, taps*c.C)
			})
			p = d.pair(g, w)
			d.sameForms(p, len(x), func(l *List, y, a, b driver.Ptr) {
				l.ConvData(y, a, b, Epilogue{}, c)
			})
			d.sameForms(p, len(x), func(l *List, y, a, b driver.Ptr) {
				wide(l, "conv_data_", y, a, b, pixels, c.C, taps*c.O)
			})
			p = d.pair(x, g)
			d.sameForms(p, len(w), func(l *List, y, a, b driver.Ptr) { l.ConvFilter(y, a, b, c) })
			d.sameForms(p, len(w), func(l *List, y, a, b driver.Ptr) {
				wide(l, "conv_filter_", y, a, b, taps*c.C, c.O, pixels)
			})
		})
	}
}
