package kernels

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
)

// TestAccuracy holds the best level, and so every level, to package math: within the ulps
// that Vec states where the result is a normal number, an ulp being at least 2⁻¹⁴⁹.
func TestAccuracy(t *testing.T) {
	for _, tt := range []struct {
		kind plan.Kind
		f    func(float64) float64
		ulps float64
		lo   float64 // range of x
		hi   float64
	}{
		{plan.Exp, math.Exp, 1, -110, 90},
		{plan.Log, math.Log, 2, 0, 10},
		{plan.Log, math.Log, 2, 0, 1e-38},
		{plan.Log, math.Log, 2, 0, 3e38},
		{plan.Sin, math.Sin, 2, -10, 10},
		{plan.Sin, math.Sin, 2, -20000, 20000},
		{plan.Cos, math.Cos, 2, -10, 10},
		{plan.Cos, math.Cos, 2, -20000, 20000},
		{plan.Tanh, math.Tanh, 2, -1, 1},
		{plan.Tanh, math.Tanh, 2, -12, 12},
		{plan.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2, -110, 110},
		{plan.SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }, 3, -120, 120},
	} {
		rng := rand.New(rand.NewPCG(uint64(tt.kind), 1))
		x, y := make([]float32, 300000), make([]float32, 300000)
		for i := range x {
			x[i] = float32(tt.lo + (tt.hi-tt.lo)*rng.Float64())
		}
		NewVec(Auto).Pointwise(tt.kind)(&y[0], &x[0], nil, len(x), 0)
		worst, where := 0.0, float32(0)
		for i, v := range x {
			want := tt.f(float64(v))
			_, e := math.Frexp(want)
			ulp := math.Ldexp(1, max(e-24, -149))
			if math.Abs(want) > math.MaxFloat32 && math.IsInf(float64(y[i]), 0) {
				continue
			}
			if tt.kind == plan.SiLU { // eˣ is subnormal below −87
				ulp = max(ulp, math.Abs(float64(v))*0x1p-150)
			}
			if d := math.Abs(float64(y[i])-want) / ulp; !(d <= worst) {
				worst, where = d, v
			}
		}
		t.Logf("%v on [%g, %g]: %.3f ulp, at %g", tt.kind, tt.lo, tt.hi, worst, where)
		if !(worst <= tt.ulps) {
			t.Errorf("%v(%g): error of %.3f ulp, want at most %g", tt.kind, where, worst, tt.ulps)
		}
	}
}

// TestNormals holds the normals to package philox's float64 ones, and the
// uniforms to its own to the bit.
func TestNormals(t *testing.T) {
	const n = 400000
	u, z, want := make([]float32, n), make([]float32, n), make([]float32, n)
	v := NewVec(Auto)
	v.NewDrawer(false, 77, 3).Fill(u, 5, 1<<24-1, 0)
	v.NewDrawer(true, 77, 3).Fill(z, 5, 1<<24-1, 0)
	draw := philox.Draw(3, 1<<24-1)
	philox.Normals(want, 77, 5, draw)
	worst := 0.0
	for e := range u {
		if w := philox.Uniform(philox.Words(77, 5, draw, uint32(e/4))[e%4]); u[e] != w {
			t.Fatalf("uniform %d = %v, want %v", e, u[e], w)
		}
		d := math.Abs(float64(z[e])-float64(want[e])) / math.Abs(float64(want[e]))
		worst = max(worst, d)
	}
	t.Logf("normals: relative error %.2f·2⁻²⁴", worst*0x1p24)
	if !(worst <= 8*0x1p-24) {
		t.Errorf("normals: relative error %.2f·2⁻²⁴, want at most 8", worst*0x1p24)
	}
	for _, a := range []uint32{0, 1, nearOne - 1, nearOne, 1<<32 - 1} {
		for _, b := range []uint32{0, 1, 1<<29 - 1, 1 << 29, 1 << 30, 1 << 31, 3 << 30, 1<<32 - 1} {
			x, y := normalPair(a, b)
			p, q := philox.NormalPair(a, b)
			if r := math.Hypot(p, q) * 6 * 0x1p-24; math.Abs(float64(x)-p) > r || math.Abs(float64(y)-q) > r {
				t.Errorf("normalPair(%#x, %#x) = %v, %v, want %v, %v", a, b, x, y, p, q)
			}
		}
	}
}
