package field

import (
	"fmt"
	"math"
	"testing"
)

func TestGrowth(t *testing.T) {
	inverse := One.Div(T)
	normal := T.Log().Square().Scale(-0.5).Exp()
	for _, tt := range []struct {
		e    Expr
		want string // coefficient, power, log
	}{
		{Const(3), "3 s^0 L^0"},
		{T.Scale(2), "2 s^1 L^0"},
		{T.Square().Scale(-4), "-4 s^2 L^0"},
		{One.Sub(T), "1 s^0 L^0"},
		{inverse.Sub(T), "1 s^-1 L^0"},
		{T.Sqrt().Div(T), "1 s^-0.5 L^0"},
		{T.Sqrt().Mul(T), "1 s^1.5 L^0"},
		{T.Log(), "-1 s^0 L^1"},
		{T.Square().Log().Mul(T), "-2 s^1 L^1"},
		{T.Log().Sub(One.Sub(T).Log()), "-1 s^0 L^1"},
		{T.Sin(), "1 s^1 L^0"},
		{T.Cos(), "1 s^0 L^0"},
		{T.Tanh(), "1 s^1 L^0"},
		{inverse.Tanh(), "1 s^0 L^0"},
		{T.Exp(), "1 s^0 L^0"},
		{One.Sub(T.Cos()), "0.5 s^2 L^0"},                           // leading terms cancel: measured
		{T.Exp().Sub(One).Div(T), "1 s^0 L^0"},                      // likewise
		{T.Min(Const(2)).Scale(5), "5 s^1 L^0"},                     // the smaller
		{T.Max(T.Square()), "1 s^1 L^0"},                            // the larger
		{T.Less(One).Mul(T), "1 s^1 L^0"},                           // 1 on this side
		{TruncatedGain(0.8, 4), "20 s^1 L^0"},                       // κ near the data
		{normal, "flat -1"},                                         // a log-normal's density
		{normal.Div(T.Square()), "flat -1"},                         // and over any power
		{One.Div(normal), "flat 1"},                                 // its inverse
		{normal.Add(T), "1 s^1 L^0"},                                // beside a power it is nothing
		{inverse.Neg().Exp(), "flat -1"},                            // e^{−1/s}
		{inverse.Exp().Mul(T), "flat 1"},                            // e^{1/s}
		{T.Scale(2).Log().Scale(-0.5).Exp(), "0.707107 s^-0.5 L^0"}, // s^−½ through log: measured
	} {
		g := growthAt(tt.e, 0, 1)
		got := fmt.Sprintf("%.6g s^%g L^%g", g.coef, g.power, g.log)
		if g.flat != 0 {
			got = fmt.Sprintf("flat %d", g.flat)
		}
		if !g.known || got != tt.want {
			t.Errorf("%v grows like %s (known: %v), want %s", tt.e, got, g.known, tt.want)
		}
	}
	cancels := T.Log().Square().Sub(T.Log().Mul(T.Log().Add(One)))
	if g := growthAt(cancels, 0, 1); g.known {
		t.Errorf("%v, whose leading terms cancel, is claimed to grow like %+v", cancels, g)
	}
}

func TestIntegrable(t *testing.T) {
	for _, tt := range []struct {
		g    growth
		want bool
	}{
		{growth{power: 0}, true}, {growth{power: -0.75}, true}, {growth{power: -1}, false},
		{growth{power: -1.25}, false}, {growth{power: -1, log: -1}, false},
		{growth{power: -1, log: -1.5}, true},
		{growth{power: -0.5, log: 3}, true}, {growth{flat: -1}, true}, {growth{flat: 1}, false},
	} {
		if got := tt.g.integrable(); got != tt.want {
			t.Errorf("%+v is integrable: %v, want %v", tt.g, got, tt.want)
		}
	}
}

// For every coefficient of every process and both ends, the order derived is the
// slope measured, and the leading term is the value close by.
func TestGrowthOfEveryCoefficient(t *testing.T) {
	for _, p := range everyProcess(0.02, 0.98) {
		for _, q := range []struct {
			name string
			e    Expr
		}{{"a", p.Schedule.A}, {"b", p.Schedule.B}, {"c", p.Target.C}, {"d", p.Target.D}, {"λ", p.Lambda},
			{"c/a", p.Drift}, {"μ", p.Mu}, {"ν", p.Nu}} {
			for _, end := range []struct{ at, side float64 }{{0, 1}, {1, -1}} {
				g := growthAt(q.e, end.at, end.side)
				name := fmt.Sprintf("%s/%s: %s at %g", p.Schedule.Name, p.Target.Name, q.name, end.at)
				const s = 0x1p-30
				value := q.e.Of(Const(end.at).Add(T.Scale(end.side))).Eval(s)
				lead := g.coef * math.Pow(s, g.power)
				switch {
				case !g.known: // μ of Salimans–Ho, (aȧ + bḃ)/(…) = 0 but for rounding
					near(t, name, value, 0, 1e-6)
					continue
				case g.flat < 0:
					lead = 0
				}
				near(t, name, value, lead, 1e-6*math.Abs(lead)+4*u64)
			}
		}
	}
}
