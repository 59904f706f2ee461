package field

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestKinks(t *testing.T) {
	low := 1e-9
	half, quarter := Const(0.5), Const(0.25)
	for _, tt := range []struct {
		name   string
		e      Expr
		lo, hi float64
		want   []float64
	}{
		{"truncated", TruncatedGain(0.8, 4), 0, 1, []float64{1 - 0.8}},
		{"piecewise", PiecewiseGain(0.8, 2, 3), 0, 1, []float64{1 - 0.8}},
		{"near the end", TruncatedGain(1e-9, 1), 0, 1, []float64{1 - 1e-9}},
		{"near the data", TruncatedGain(1-low, 1), 0, 1, []float64{1 - (1 - low)}},
		{"of a derivative", TruncatedGain(0.8, 4).D(), 0, 1, []float64{1 - 0.8}},
		{"of Less", T.Less(half), 0, 1, []float64{0.5}},
		{"two", T.Min(half).Max(quarter), 0, 1, []float64{0.25, 0.5}},
		{"curved", T.Square().Min(T.Scale(0.3)), 0, 1, []float64{0.3}},
		{"oscillating", T.Scale(20).Sin().Max(Zero), 0, 0.5,
			[]float64{math.Pi / 20, math.Pi / 10, 3 * math.Pi / 20}},
		{"at the lower end", T.Min(Const(0.2)), 0.2, 1, nil},
		{"outside", TruncatedGain(0.8, 4), 0.3, 1, nil},
		{"parallel", T.Min(T.Add(One)), 0, 1, nil},
		{"smooth", T.Exp(), 0, 1, nil},
		{"no interval", TruncatedGain(0.8, 4), 1, 0, nil},
		{"on a long range", T.Min(Const(0.01)), 0, 1e6, []float64{0.01}},
	} {
		got := tt.e.Kinks(tt.lo, tt.hi)
		if len(got) != len(tt.want) {
			t.Errorf("%s: kinks of %v at %v, want %v", tt.name, tt.e, got, tt.want)
			continue
		}
		for i, want := range tt.want {
			near(t, tt.name, got[i], want, 4*u64*want)
		}
	}
}

// A sum of clamps at random places has its kinks there and nowhere else.
func TestKinksOfRandomClamps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e Expr
		var want []float64
		for range rapid.IntRange(1, 4).Draw(t, "clamps") {
			at := rapid.Float64Range(1e-12, 1-1e-12).Draw(t, "at")
			want = append(want, at)
			e = e.Add(T.Min(Const(at)))
		}
		slices.Sort(want)
		want = slices.Compact(want)
		if got := e.Kinks(0, 1); !slices.Equal(got, want) {
			t.Fatalf("kinks at %v, want %v", got, want)
		}
	})
}

// 1 − a near the data against closed forms that do not cancel. The sines of trig
// and cosine are of a rounded angle, which costs 2⁻⁵³ of b, not of 1 − a.
func TestDepartureOfSchedules(t *testing.T) {
	const s, beta0, beta1 = 0.008, 0.1, 20.0
	quarter := math.Pi / 2 / (1 + s)
	for _, tt := range []struct {
		s    Schedule
		want func(t float64) float64 // a(t) − a(0)
	}{
		{Linear(), func(t float64) float64 { return -t }},
		{EDM(), func(float64) float64 { return 0 }},
		{VP(), func(t float64) float64 { return -t / (1 + math.Sqrt(1-t)) }},
		{VPSDE(beta0, beta1), func(t float64) float64 {
			return math.Expm1(-t * (beta0/2 + (beta1-beta0)/4*t))
		}},
		{Trig(), func(t float64) float64 { return -2 * math.Pow(math.Sin(math.Pi/4*t), 2) }},
		{Cosine(s), func(t float64) float64 {
			return -2 * math.Sin(quarter*(s+t/2)) * math.Sin(quarter*t/2) / math.Cos(quarter*s)
		}},
	} {
		for k := range 200 {
			at := math.Exp2(-float64(k) / 2)
			want := tt.want(at)
			near(t, tt.s.Name, tt.s.A.Departure(at), want, 8*u64*(math.Abs(want)+tt.s.B.Eval(at)))
		}
	}
}

// The departure of each operator at a small distance, from the derivative, and at
// a large one, from the difference.
func TestDepartureOfOperators(t *testing.T) {
	x := One.Add(T.Scale(0.7))
	for _, e := range []Expr{
		x.Neg(), x.Sqrt(), x.Exp(), x.Log(), x.Sin(), x.Cos(), x.Tanh(), x.Add(T.Exp()), x.Sub(T.Sin()),
		x.Mul(T.Add(Const(3))), x.Div(T.Add(Const(3))), x.Min(Const(2)), x.Max(T.Scale(3)), T.Less(One),
		T.Sqrt(),
	} {
		for _, at := range []float64{0.3, 2, 5} {
			want := e.Eval(at) - e.Eval(0)
			tol := 8 * u64 * (math.Abs(e.Eval(at)) + math.Abs(e.Eval(0)))
			near(t, e.String(), e.Departure(at), want, tol)
		}
		if e.Equal(T.Sqrt()) {
			continue // has no derivative at 0
		}
		const h = 0x1p-80
		slope := e.D().Eval(0)
		near(t, e.String()+" near 0", e.Departure(h)/h, slope, 8*u64*(1+math.Abs(slope)))
	}
}

// Composition is evaluation, and what cancels symbolically leaves the distance to
// an end exact.
func TestOf(t *testing.T) {
	flip := One.Sub(T)
	if got := flip.Of(flip).String(); got != "t" {
		t.Errorf("1-t of 1-t is %s, want t", got)
	}
	near(t, "a of VP at 1e-300 before the end", VP().A.Of(flip).Eval(1e-300), 1e-150, 4*u64*1e-150)
	for _, p := range everyProcess(0.02, 0.98) {
		for _, e := range []Expr{p.Schedule.A, p.Schedule.B, p.Target.C, p.Target.D,
			p.Lambda, p.Drift, p.Mu, p.Nu} {
			for _, at := range []float64{0.1, 0.25, 0.75, 0.9} {
				want := e.Eval(1 - at)
				name := p.Schedule.Name + "/" + p.Target.Name
				near(t, name, e.Of(flip).Eval(at), want, 1e-13*(1+math.Abs(want)))
			}
		}
	}
}
