package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

const u = 0x1p-24 // unit roundoff of float32

// Norms over spans of every kind: one channel, groups that share a block, groups
// that do not divide 32, a group wider than a block, samples in one block
// (short ones, n > 512) and rows of a partly idle block. The mean is 1000 times
// the deviation: a variance by E[x²] − E[x]² would lose every digit.
func TestNorm(t *testing.T) {
	ms := inOrders(t)
	for k, s := range []NormShape{
		{1, 1, 1, 1, 1e-5}, {2, 3, 6, 3, 1e-5}, {2, 16, 32, 8, 1e-5}, {3, 7, 48, 4, 1e-6}, {1, 5, 37, 37,
			1e-3},
		{2, 1, 384, 1, 1e-5}, {2, 3, 300, 1, 1e-5}, {515, 1, 8, 1, 1e-5}, {2, 70, 64, 2, 1e-5}, {1, 9, 40, 5,
			1e-5},
	} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			d := ms[k%len(ms)].in(t)
			n := s.N * s.S * s.C
			x, g := uniform(n, 1, 1000, 1002), uniform(n, 2, -1, 1)
			gamma, beta := uniform(s.C, 3, .5, 1.5), uniform(s.C, 4, -1, 1)
			shape, c := []int{s.N, s.S, s.C}, []int{s.C}
			op := plan.Op{Kind: plan.Norm, Groups: s.Groups, Imm: s.Eps}
			want := define(t, op, [][]float32{x, gamma, beta}, shape, c, c)
			px, pg, pgamma, pbeta := d.put(x, 0), d.put(g, 0), d.put(gamma, 0), d.put(beta, 0)
			y, bundle := d.room(n, 0), d.room(n+2*s.C, 0)
			d.run(plan.Float32, func(l *List) {
				l.Norm(y, px, pgamma, pbeta, s)
				l.NormGrad(bundle, bundle+driver.Ptr(4*n), px, pgamma, pg, s)
			})
			// The mean is right to a few units of 1000, and 1/σ magnifies that.
			rstd := 1 / math.Sqrt(s.Eps+variance(x, s))
			near(t, "y", d.get(y, n), want, 8*1000*u*rstd+16*u)
			op.Kind = plan.NormGrad
			want = define(t, op, [][]float32{x, gamma, g}, shape, c, shape)
			got := d.get(bundle, len(want))
			near(t, "dx", got[:n], want[:n], (32*1000*u*rstd+64*u)*rstd)
			near(t, "dγ, dβ", got[n:], want[n:], float64(s.N*s.S)*(8*1000*u*rstd+16*u))
		})
	}
}

// variance is the least variance of a group of x: what bounds its 1/σ.
func variance(x []float32, s NormShape) float64 {
	least, cg := math.Inf(1), s.C/s.Groups
	for n := range s.N {
		for q := range s.Groups {
			var sum, sum2 float64
			for p := range s.S {
				for j := range cg {
					v := float64(x[(n*s.S+p)*s.C+q*cg+j]) - 1001
					sum, sum2 = sum+v, sum2+v*v
				}
			}
			m := float64(s.S * cg)
			least = min(least, sum2/m-sum/m*sum/m)
		}
	}
	return max(least, 0)
}

// Attention at head dimensions and lengths on either side of its tiles (16, 32,
// 64 rows; 32, 64, 128, 256 dimensions), where chunks of 4 fit and where not.
func TestAttention(t *testing.T) {
	ms := inOrders(t)
	for k, s := range []AttentionShape{
		{1, 1, 1, 1}, {2, 5, 2, 3}, {1, 31, 1, 32}, {1, 33, 2, 8}, {2, 64, 1, 16}, {1, 65, 1, 33}, {1, 66, 1,
			64},
		{1, 34, 1, 68}, {1, 70, 1, 128}, {1, 17, 1, 129}, {1, 33, 1, 256}, {1, 15, 3, 20}, {1, 129, 1, 6},
	} {
		for _, prec := range precisions {
			t.Run(fmt.Sprint(s, prec), func(t *testing.T) { attention(ms[k%len(ms)].in(t), s, prec) })
		}
	}
}

// attention holds one shape to its definition, within a part of the largest
// result: in float32 twice √Dim + 8 roundings, of a score's sum and of the few
// operations after it; on tensor cores two units roundoff, those of P (or dS) and of
// the factor it multiplies, which dominate the mean over the rest.
func attention(d *machine, s AttentionShape, prec plan.Precision) {
	c := s.Heads * s.Dim
	qkv, g := uniform(s.N*s.T*3*c, 1, -1, 1), uniform(s.N*s.T*c, 2, -1, 1)
	sq, sg := []int{s.N, s.T, 3 * c}, []int{s.N, s.T, c}
	op := plan.Op{Kind: plan.Attention, Groups: s.Heads}
	want := define(d.t, op, [][]float32{qkv}, sq)
	op.Kind = plan.AttentionGrad
	grad := define(d.t, op, [][]float32{qkv, g}, sq, sg)
	pq, pg := d.put(qkv, 0), d.put(g, 0)
	y, dq := d.room(len(want), 0), d.room(len(grad), 0)
	d.run(prec, func(l *List) {
		l.Attention(y, pq, s)
		l.AttentionGrad(dq, pq, pg, s)
	})
	part := 2 * (math.Sqrt(float64(s.Dim)) + 8) * u
	if unit := map[plan.Precision]float64{plan.BFloat16: 0x1p-8, plan.TF32: 0x1p-11}[prec]; s.Dim <= 128 &&
		unit > 0 {
		part = 2 * unit
	}
	near(d.t, "y", d.get(y, len(want)), want, part*largest(want))
	near(d.t, "dqkv", d.get(dq, len(grad)), grad, part*largest(grad))
}

// Every operand of attention in the inputs is rounded on the way in, none cut: of numbers that
// round to others the result and its gradient have the bits that those give.
func TestAttentionOperands(t *testing.T) {
	d := newMachine(t, emu.Options{})
	for _, dim := range []int{32, 64, 128} {
		for _, prec := range precisions[1:] {
			s := AttentionShape{1, 33, 1, dim}
			qkv, n := whole(s.T*3*dim, 1, 8), s.T*dim
			for i := range qkv {
				qkv[i] /= 8
			}
			pg := d.put(uniform(n, 2, -1, 1), 0)
			var got [2][]float32
			for k, x := range [][]float32{qkv, beside(prec, qkv)} {
				y, dq, px := d.room(n, 0), d.room(3*n, 0), d.put(x, 0)
				d.run(prec, func(l *List) {
					l.Attention(y, px, s)
					l.AttentionGrad(dq, px, pg, s)
				})
				got[k] = append(d.get(y, n), d.get(dq, 3*n)...)
			}
			if !slices.Equal(got[0], got[1]) {
				t.Errorf("%v, %v: operands that round to the same give other bits", prec, s)
			}
		}
	}
}

func largest(x []float64) (m float64) {
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

// On tensor cores v and P are rounded to nearest, not cut. Of two keys with scores
// 0 and −h, h half a unit in the last place below 1, and values 0 and v, the result
// is v/(1 + e⁻ʰ), since e⁻ʰ rounds to 1.
func TestAttentionRounding(t *testing.T) {
	d := newMachine(t, emu.Options{})
	for prec, h := range map[plan.Precision]float32{plan.BFloat16: 0x1p-9, plan.TF32: 0x1p-12} {
		// the next number of the precision after 1
		up := 1 + 4*h
		y, x := d.room(2, 0), d.put([]float32{1, 0, 0, 1, -h, up - h}, 0) // q | k | v of each
		d.run(prec, func(l *List) { l.Attention(y, x, AttentionShape{1, 2, 1, 1}) })
		want := float64(up) / (1 + math.Exp(-float64(h)))
		for i, got := range d.get(y, 2) {
			if math.Abs(float64(got)-want) > float64(h)/8 {
				t.Errorf("%v: y[%d] = %v, want %v: P or v is cut", prec, i, got, want)
			}
		}
	}
}

// Scores far apart and large: nothing overflows, and the maximum wins.
func TestAttentionExtremes(t *testing.T) {
	const T, dim = 40, 4
	qkv := make([]float32, T*3*dim)
	for i := range T {
		for d := range dim {
			qkv[i*3*dim+d] = 100
			qkv[i*3*dim+dim+d] = float32(i) * 50 // the last key by far
			qkv[i*3*dim+2*dim+d] = float32(i)
		}
	}
	m := newMachine(t, emu.Options{})
	y, p := m.room(T*dim, 0), m.put(qkv, 0)
	m.run(plan.Float32, func(l *List) { l.Attention(y, p, AttentionShape{1, T, 1, dim}) })
	for i, v := range m.get(y, T*dim) {
		if v != T-1 {
			t.Fatalf("y[%d] = %v, want %d", i, v, T-1)
		}
	}
}

func TestSoftmax(t *testing.T) {
	m := newMachine(t, emu.Options{})
	for _, s := range [][2]int{{1, 1}, {3, 31}, {2, 33}, {2, 255}, {3, 257}, {1, 1000}} {
		n := s[0] * s[1]
		x := uniform(n, 1, -100, 100)
		want := define(t, plan.Op{Kind: plan.Softmax}, [][]float32{x}, []int{s[0], s[1]})
		d := m.in(t)
		y, p := d.room(n, 0), d.put(x, 0)
		d.run(plan.Float32, func(l *List) { l.Softmax(y, p, s[0], s[1]) })
		near(t, fmt.Sprint(s), d.get(y, n), want, 16*u+float64(s[1])*0x1p-40)
	}
	inf := float32(math.Inf(1))
	d := m.in(t)
	x := d.put([]float32{1, -inf, 1, float32(math.NaN()), 0, 0, -inf, -inf, -inf, inf, 1, 1}, 0)
	y := d.room(12, 0)
	d.run(plan.Float32, func(l *List) { l.Softmax(y, x, 4, 3) })
	for i, v := range d.get(y, 12) {
		if want := []float32{.5, 0, .5}; i < 3 && v != want[i] || i >= 3 && v == v {
			t.Errorf("y[%d] = %v", i, v)
		}
	}
}
