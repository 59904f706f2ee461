package field

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestString(t *testing.T) {
	for _, tt := range []struct {
		e    Expr
		want string
	}{
		{Expr{}, "0"},
		{One.Sub(T), "1-t"},
		{One.Sub(T.Square()).Sqrt(), "sqrt(1-t²)"},
		{T.Sub(One).Neg(), "1-t"},
		{T.Neg().Div(One.Sub(T)), "-t/(1-t)"},
		{One.Sub(T.Sub(Const(2))), "1-(t-2)"},
		{T.Add(One).Square(), "(t+1)²"},
		{T.Square().Square(), "(t²)²"},
		{T.Div(T.Div(Const(3))), "t/(t/3)"},
		{T.Mul(Const(-2)), "-2·t"},
		{T.Exp().Neg().Mul(T), "-exp(t)·t"},
		{T.Min(One).D(), "[t<1]"},
		{TruncatedGain(0.8, 4), "4·min(t/0.2, 1)"},
		{T.Add(T.Neg()), "0"},
		{T.Mul(One.Sub(T)).Div(One.Sub(T).Mul(T)), "1"},
		{One.Div(T).Mul(T), "1"},
		{One.Sub(T).Add(T), "1"},
		{T.Sqrt().Square(), "t"},
	} {
		if got := tt.e.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got, want := T.Exp().Text("z"), "exp(z)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// counter counts what Fold visits.
type counter struct{ vars, consts, unary, binary *int }

func (c counter) Const(float64) struct{}                        { *c.consts++; return struct{}{} }
func (c counter) Var() struct{}                                 { *c.vars++; return struct{}{} }
func (c counter) Unary(UnaryOp, struct{}) struct{}              { *c.unary++; return struct{}{} }
func (c counter) Binary(_ BinaryOp, _, _ struct{}) (_ struct{}) { *c.binary++; return }

// Thirty-nine doublings of one subexpression are visited once each, and so are
// equal subexpressions built separately, here and across expressions.
func TestFoldShares(t *testing.T) {
	build := func() Expr {
		e := T.Exp()
		for i := range 39 {
			e = e.Add(e.Mul(Const(float64(i + 2))))
		}
		return e
	}
	var c counter
	c.vars, c.consts, c.unary, c.binary = new(int), new(int), new(int), new(int)
	FoldAll(c, build(), build(), T)
	if *c.vars != 1 || *c.consts != 39 || *c.unary != 1 || *c.binary != 78 {
		t.Errorf("visited %d variables, %d constants, %d unary, %d binary; want 1, 39, 1, 78",
			*c.vars, *c.consts, *c.unary, *c.binary)
	}
}

// interval is an enclosure of a value and of its error: v ± e.
type interval struct{ v, e float64 }

// rounding evaluates with a bound on rounding error carried along, so the
// tolerance of a comparison comes from the operands it had.
type rounding struct{ t float64 }

const u64 = 0x1p-53

func (rounding) Const(v float64) interval { return interval{v, 0} }
func (r rounding) Var() interval          { return interval{r.t, 0} }
func (rounding) Unary(op UnaryOp, x interval) interval {
	v := op.apply(x.v)
	grow := 1.0 // |op'|
	switch op {
	case OpSqrt:
		grow = 0.5 / v
	case OpExp:
		grow = v
	case OpLog:
		grow = 1 / math.Abs(x.v)
	}
	return interval{v, 2*grow*x.e + 2*u64*math.Abs(v)}
}
func (rounding) Binary(op BinaryOp, x, y interval) interval {
	v := op.apply(x.v, y.v)
	e := x.e + y.e
	switch op {
	case OpMul:
		e = x.e*math.Abs(y.v) + y.e*math.Abs(x.v)
	case OpDiv:
		e = 2 * (x.e + math.Abs(v)*y.e) / math.Abs(y.v)
	}
	return interval{v, e + u64*math.Abs(v)}
}

// anExpr draws an expression that is smooth and of moderate size on [½, 1].
func anExpr(depth int) *rapid.Generator[Expr] {
	return rapid.Custom(func(t *rapid.T) Expr {
		if depth == 0 {
			if rapid.Bool().Draw(t, "leaf") {
				return T
			}
			return Const(float64(rapid.IntRange(-8, 8).Draw(t, "c")) / 4)
		}
		x := anExpr(depth-1).Draw(t, "x")
		switch rapid.IntRange(0, 11).Draw(t, "op") {
		case 0:
			return x.Neg()
		case 1:
			return x.Square().Add(One).Sqrt()
		case 2:
			return x.Sin().Exp()
		case 3:
			return x.Square().Add(One).Log()
		case 4:
			return x.Sin()
		case 5:
			return x.Cos()
		case 6:
			return x.Tanh()
		}
		y := anExpr(depth-1).Draw(t, "y")
		switch rapid.IntRange(0, 3).Draw(t, "bin") {
		case 0:
			return x.Add(y)
		case 1:
			return x.Sub(y)
		case 2:
			return x.Sin().Mul(y.Cos())
		}
		return x.Div(y.Square().Add(One))
	})
}

// The central difference has error h²|e‴|/6 + rounding/h; e‴ is taken from the
// exact second derivative on both sides of the point.
func TestDerivative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anExpr(4).Draw(t, "e")
		at := rapid.Float64Range(0.5, 1).Draw(t, "t")
		checkDerivative(t, e, at, 0x1p-14)
	})
}

type fataler interface{ Fatalf(string, ...any) }

func checkDerivative(t fataler, e Expr, at, h float64) {
	hi, lo := Fold(e, rounding{at + h}), Fold(e, rounding{at - h})
	got, want := e.D().Eval(at), (hi.v-lo.v)/(2*h)
	second := e.D().D()
	bend := math.Abs(second.Eval(at+h)-second.Eval(at-h)) / h // 2|e‴|
	tol := h*h*bend/3 + (hi.e+lo.e)/h + 1e-12*math.Abs(got)
	if !(math.Abs(got-want) <= tol) {
		t.Fatalf("d/dt %v at %v = %v = %v, by differences %v ± %.2g", e, at, e.D(), got, want, tol)
	}
}

// Each constructor agrees with the bare node it simplifies.
func TestSimplificationKeepsValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := anExpr(3).Draw(t, "x"), anExpr(3).Draw(t, "y")
		at := rapid.Float64Range(0.5, 1).Draw(t, "t")
		a, b := x.Eval(at), y.Eval(at)
		for _, op := range []struct {
			got  Expr
			want Expr
		}{
			{x.Add(y), newBinary(OpAdd, x, y)},
			{x.Sub(y), newBinary(OpSub, x, y)},
			{x.Mul(y), newBinary(OpMul, x, y)},
			{x.Neg(), newUnary(OpNeg, x)},
			{x.Min(y), newBinary(OpMin, x, y)},
			{x.Max(y), newBinary(OpMax, x, y)},
			{x.Div(y.Square().Add(One)), newBinary(OpDiv, x, y.Square().Add(One))},
		} {
			got, want := Fold(op.got, rounding{at}), Fold(op.want, rounding{at})
			if !(math.Abs(got.v-want.v) <= got.e+want.e) {
				t.Fatalf("%v = %v, unsimplified %v (x=%v, y=%v)", op.got, got.v, want.v, a, b)
			}
		}
	})
}

func TestPiecewiseDerivatives(t *testing.T) {
	for _, tt := range []struct {
		e        Expr
		at, want float64
	}{
		{TruncatedGain(0.8, 4), 0.1, 20},
		{TruncatedGain(0.8, 4), 0.5, 0},
		{PiecewiseGain(0.8, 2, 1), 0.1, 5},
		{PiecewiseGain(0.8, 2, 1), 0.5, 1.25},
		{T.Max(One.Sub(T)), 0.25, -1},
		{T.Max(One.Sub(T)), 0.75, 1},
	} {
		near(t, fmt.Sprintf("d/dt %v at %g", tt.e, tt.at), tt.e.D().Eval(tt.at), tt.want, 1e-14*20)
	}
}

// Only commuting operands may be exchanged: x/y and y/x stay two expressions.
func TestOrderMatters(t *testing.T) {
	for _, tt := range []struct {
		x, y Expr
		same bool
	}{
		{T.Add(T.Exp()), T.Exp().Add(T), true},
		{T.Mul(T.Exp()), T.Exp().Mul(T), true},
		{T.Min(One), One.Min(T), true},
		{T.Sub(T.Exp()), T.Exp().Sub(T), false},
		{T.Div(T.Exp()), T.Exp().Div(T), false},
		{T.Less(One), One.Less(T), false},
	} {
		if got := tt.x.Equal(tt.y); got != tt.same {
			t.Errorf("%v equals %v: %v, want %v", tt.x, tt.y, got, tt.same)
		}
	}
	e := T.Div(T.Exp()).Mul(T.Exp().Div(T))
	near(t, e.String(), Fold(e, rounding{0.5}).v, 1, 4*u64)
}

// near fails unless |got − want| ≤ tol; NaN fails.
func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.15g, want %.15g ± %.2g (off by %.2g)", what, got, want, tol, got-want)
	}
}
