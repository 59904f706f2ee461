package field

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"pgregory.net/rapid"
)

// integrate is ∫ f over [lo, hi] by the tanh-sinh rule (Takahasi and Mori 1974),
// whose nodes crowd at both ends doubly exponentially: t = lo + (hi−lo)/(1+e^{2q})
// for q = −(π/2) sinh k h.
func integrate(f func(float64) float64, lo, hi float64) float64 {
	const h, last = 1. / 64, 4 * 64
	var s float64
	for k := -last; k <= last; k++ {
		x := float64(k) * h
		q := math.Pi / 2 * math.Sinh(x)
		t := lo + (hi-lo)/(1+math.Exp(-2*q))
		slope := math.Pi / 4 * math.Cosh(x) / (math.Cosh(q) * math.Cosh(q))
		if v := h * slope * (hi - lo) * f(t); lo < t && t < hi {
			s += v
		}
	}
	return s
}

var priors = []Prior{
	Uniform(0.02, 0.98),
	Uniform(0, 1),
	LogUniform(0.002, 80),
	Power(0, 0.02, 0.98),
	Power(1, 0, 1),
	Power(-0.5, 0, 1),
	Power(2.5, 0.002, 80),
	LogNormal(-1.2, 1.2, 0.002, 80),
	LogNormal(-1, 0.5, 0.1, 1),
	LogitNormal(0, 1, 0, 1),
	LogitNormal(-0.5, 0.8, 0.01, 0.99),
}

// The mass below the quantile of a base variate is that variate's own
// distribution function, less what was clamped to the lower end.
func TestQuantileMatchesDensity(t *testing.T) {
	for _, p := range priors {
		t.Run(p.Name, func(t *testing.T) {
			near(t, "total mass", integrate(p.Density.Eval, p.Min, p.Max), 1-p.Clamped, 1e-12)
			lower := 0.0
			if p.Base == NormalBase {
				lower = clampedBelow(p)
			}
			rapid.Check(t, func(t *rapid.T) {
				var z, below float64
				if p.Base == NormalBase {
					z = rapid.Float64Range(-5, 5).Draw(t, "z")
					below = 0.5 * math.Erfc(-z/math.Sqrt2)
				} else {
					z = rapid.Float64Range(0, 1).Draw(t, "u")
					below = z
				}
				at := p.Quantile.Eval(z)
				if !(p.Min <= at && at <= p.Max*(1+4*u64)) {
					t.Fatalf("quantile of %v is %v, outside [%v, %v]", z, at, p.Min, p.Max)
				}
				if at == p.Min || at >= p.Max {
					return // clamped
				}
				got := integrate(p.Density.Eval, p.Min, at) + lower
				if !(math.Abs(got-below) <= 1e-12) {
					t.Fatalf("mass below quantile(%v) = %v is %v, want %v", z, at, got, below)
				}
			})
		})
	}
}

// clampedBelow finds Φ of the base variate at which the quantile leaves Min, by
// bisection on the map itself.
func clampedBelow(p Prior) float64 {
	lo, hi := -60.0, 60.0
	for range 200 {
		if mid := (lo + hi) / 2; p.Quantile.Eval(mid) > p.Min {
			hi = mid
		} else {
			lo = mid
		}
	}
	return 0.5 * math.Erfc(-hi/math.Sqrt2)
}

// EDM's weight on a denoiser, (σ²+σd²)/(σ σd)², against its own formula.
func TestWeights(t *testing.T) {
	p, err := Spec{Schedule: choice.Choice{Kind: "edm"}, Target: choice.Choice{Kind: "data"},
		Prior: choice.Choice{Kind: "log-normal"}, Weight: choice.Choice{Kind: "edm"}}.Process()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []float64{0.002, 0.1, 0.5, 3, 80} {
		want := (s*s + 0.25) / (s * 0.5 * s * 0.5)
		near(t, "w", p.Prior.Weight.Eval(s), want, 8*u64*want)
		near(t, "w·p", p.Prior.Effective().Eval(s), want*p.Prior.Density.Eval(s), 1e-14*want)
	}
	near(t, "clamped mass of EDM's range", p.Prior.Clamped, 1.7e-5, 2e-6)
}

// single evaluates in float32, as training does, to show that the expressions
// keep their accuracy there: near the data, where 1 − a² would not.
type single struct{ t float32 }

func (single) Const(v float64) float32 { return float32(v) }
func (s single) Var() float32          { return s.t }
func (single) Unary(op UnaryOp, x float32) float32 {
	return float32(op.apply(float64(x)))
}
func (single) Binary(op BinaryOp, x, y float32) float32 {
	return float32(op.apply(float64(x), float64(y)))
}

func TestFloat32(t *testing.T) {
	const u32 = 0x1p-24
	for _, p := range everyProcess(0, 1) {
		for _, at := range []float32{1e-6, 1e-4, 0.01, 0.19, 0.3, 0.5, 0.75, 0.9, 0.99, 0.9999, 1 - 0x1p-20} {
			got := FoldAll(single{at}, p.Schedule.A, p.Schedule.B, p.Target.C, p.Target.D)
			k := p.At(float64(at))
			// a and b to their own size; c and d to that of the target, at least 1.
			for i, want := range []float64{k.A, k.B, k.C, k.D} {
				size := math.Abs(want)
				if i > 1 {
					size = max(size, 1)
				}
				near(t, p.String()+" "+string("abcd"[i]), float64(got[i]), want, 32*u32*size)
			}
		}
	}
}

// Half of the mass of a normal base is below the median, 84.13 % below one deviation above it;
// a uniform base has the share itself.
func TestTimeOfShare(t *testing.T) {
	above := .5 * math.Erfc(-1/math.Sqrt2)
	for _, tt := range []struct{ got, want float64 }{
		{LogNormal(-1.2, 1.2, 1e-9, 1e9).Time(.5), math.Exp(-1.2)},
		{LogNormal(-1.2, 1.2, 1e-9, 1e9).Time(above), 1},
		{Uniform(.25, .75).Time(.5), .5},
		{Uniform(0, 2).Time(.125), .25},
	} {
		if math.Abs(tt.got-tt.want) > 1e-14 {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
}
