package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// pools returns pools of 1, 2 and 5 workers.
func pools(t *testing.T) []*Pool {
	var ps []*Pool
	for _, w := range []int{1, 2, 5} {
		p := NewPool(w)
		t.Cleanup(p.Close)
		ps = append(ps, p)
	}
	return ps
}

// tensor is x as a tensor of the reference.
func tensor(x []float32, shape ...int) reference.Tensor {
	t := reference.New(shape...)
	for i, v := range x {
		t.Data[i] = float64(v)
	}
	return t
}

// eval is the definition of an operator in float64.
func eval(t *testing.T, op plan.Op, in ...reference.Tensor) []float64 {
	t.Helper()
	out, err := reference.Eval(op, in...)
	if err != nil {
		t.Fatal(err)
	}
	return out.Data
}

// within holds every element of got to want ± bound, and reports the worst.
func within(t *testing.T, what string, got []float32, want []float64, bound float64) {
	t.Helper()
	worst, where := 0.0, 0
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= worst) {
			worst, where = d, i
		}
	}
	if !(worst <= bound) {
		t.Errorf("%s[%d] = %v, want %v ± %.2g", what, where, got[where], want[where], bound)
	}
}

// TestNormFarFromZero: when the mean is 1000 deviations a normalisation is as exact as
// when it is 0, however it is split, and its result does not depend on the workers.
func TestNormFarFromZero(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	v := NewVec(Auto)
	for _, s := range []NormShape{
		{N: 2, S: 1, C: 6, Groups: 2}, {N: 70, S: 1, C: 384, Groups: 1},
		{N: 1, S: 1, C: 2*sumUnit + 3, Groups: 1},
		{N: 1, S: 49, C: 32, Groups: 8}, {N: 3, S: 65, C: 129, Groups: 3},
		{N: 9, S: 130, C: 24, Groups: 4}, {N: 1, S: 256, C: 256, Groups: 32},
	} {
		s.Eps = 1e-5
		for _, mean := range []float64{0, 1000} {
			n := s.N * s.S * s.C
			x, g := normal(rng, n, mean), normal(rng, n, 0)
			gamma, beta := normal(rng, s.C, 1), normal(rng, s.C, 0)
			op := plan.Op{Kind: plan.Norm, Groups: s.Groups, Imm: s.Eps}
			xs, gs := tensor(x, s.N, s.S, s.C), tensor(g, s.N, s.S, s.C)
			ws, bs := tensor(gamma, s.C), tensor(beta, s.C)
			want := eval(t, op, xs, ws, bs)
			op.Kind = plan.NormGrad
			wantGrad := eval(t, op, xs, ws, gs)
			var first, firstGrad []float32
			for _, p := range pools(t) {
				what := fmt.Sprintf("%+v mean %g, %d workers", s, mean, p.Workers())
				y, _ := guarded(n)
				v.Norm(p, s, y, x, gamma, beta).Do()
				d, _ := guarded(n + 2*s.C)
				v.NormGrad(p, s, d[:len(x)], d[len(x):], x, gamma, g).Do()
				if first == nil {
					first, firstGrad = y, d
				}
				same(t, what+" y", y, first)
				same(t, what+" grad", d, firstGrad)
				// |x̂| < 6 and |γ|, |β|, |g| < 6: a few roundings of such products, and
				// for dγ, dβ of sums of N·S of them.
				within(t, what+" y", y, want, 4*36*0x1p-24)
				within(t, what+" dx", d[:n], wantGrad[:n], 64*36*0x1p-24)
				within(t, what+" dγ dβ", d[n:], wantGrad[n:], 36*0x1p-24*math.Sqrt(float64(s.N*s.S))*4)
			}
		}
	}
}

// TestSums: every way of summing, on numbers of one sign, whose error would
// grow with the length if they were added one after the other.
func TestSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	v := NewVec(Auto)
	for _, s := range [][3]int{
		{1, 1, 1}, {1, 100000, 1},
		{1, sumBlock, 1}, {1, sumBlock + 1, 1}, {300, 65, 1}, {5000, 3, 1}, {3, sumBlock + 7, 1},
		{1, 70000, 3}, {1, 5000, 64}, {2, 100, 1025}, {50, 49, 24}, {400, 2, 2}, {1, 7, 5000},
	} {
		outer, mid, inner := s[0], s[1], s[2]
		x := make([]float32, outer*mid*inner)
		for i := range x {
			x[i] = rng.Float32() + .5
		}
		op := plan.Op{Kind: plan.Sum, Outer: outer, Inner: inner, Shape: []int{outer, inner}}
		want := eval(t, op, tensor(x, len(x)))
		squares := eval(t, plan.Op{Kind: plan.Dot, Rows: outer, Shape: []int{outer}}, tensor(x, len(x)),
			tensor(x, len(x)))
		var first, firstDot []float32
		for _, p := range pools(t) {
			what := fmt.Sprintf("sum %v, %d workers", s, p.Workers())
			y, _ := guarded(outer * inner)
			v.Sum3(p, outer, mid, inner, y, x).Do()
			z, _ := guarded(outer)
			v.DotRows(p, outer, mid*inner, z, x, x).Do()
			if first == nil {
				first, firstDot = y, z
			}
			same(t, what, y, first)
			same(t, what+" dot", z, firstDot)
			// The lanes have 64 terms, columns about √mid twice; rounding errors add
			// as their root does, here with eight deviations to spare.
			chain := math.Sqrt(2*math.Max(64, math.Sqrt(float64(mid)))) / math.Sqrt(3)
			within(t, what, y, want, float64(mid)*1.5*0x1p-24*chain)
			within(t, what+" dot", z, squares, float64(mid*inner)*2.25*0x1p-24*8)
		}
	}
}

// TestSoftmaxLong: rows on either side of sumUnit, with −Inf in one and large numbers in
// another.
func TestSoftmaxLong(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	v := NewVec(Auto)
	for _, n := range []int{1, 5, 64, 1000, sumUnit, sumUnit + 1, 3 * sumUnit} {
		x := normal(rng, 3*n, 0)
		for i := range n { // the last row is far from zero
			x[2*n+i] = 80*x[2*n+i] - 5000
		}
		x[n/2] = float32(math.Inf(-1))
		if n == 1 {
			x[0] = 3
		}
		want := eval(t, plan.Op{Kind: plan.Softmax}, tensor(x, 3, n))
		for _, p := range pools(t) {
			y, _ := guarded(3 * n)
			v.Softmax(p, 3, n, y, x).Do()
			within(t, fmt.Sprintf("softmax of %d", n), y, want, 40*0x1p-24)
		}
	}
	// NaN and +Inf spoil their row and no other.
	x, y := []float32{1, 2, float32(math.NaN()), 1, 2, float32(math.Inf(1)), 1, 2, 3}, make([]float32, 9)
	v.Softmax(pools(t)[0], 3, 3, y, x).Do()
	for i, e := range y {
		if (e != e) != (i < 6) {
			t.Errorf("softmax(%v) = %v", x, y)
			break
		}
	}
}
