package field

import "math"

// Departure is e(t) − e(0), formed from how far each operand has moved and not
// as a difference of two nearly equal numbers: 1 − a(t) near the data keeps its
// relative accuracy where a(t) has been rounded to 1. It costs about three
// evaluations. e must be finite at 0.
func (e Expr) Departure(t float64) float64 { return depart(e.node(), t).by }

// departed is a value at 0, the value now, and the difference.
type departed struct{ was, now, by float64 }

func depart(n *node, t float64) departed {
	switch n.kind {
	case kindConst:
		return departed{n.value, n.value, 0}
	case kindVar:
		return departed{0, t, t}
	case kindUnary:
		x := depart(n.x, t)
		return departed{n.unary.apply(x.was), n.unary.apply(x.now), n.unary.departure(x)}
	}
	x, y := depart(n.x, t), depart(n.y, t)
	d := departed{was: n.bin.apply(x.was, y.was), now: n.bin.apply(x.now, y.now)}
	d.by = n.bin.departure(x, y, d)
	return d
}

// departure is f(x.now) − f(x.was) by the identity of f that does not cancel.
func (op UnaryOp) departure(x departed) float64 {
	switch {
	case x.by == 0:
		return 0
	case op == OpNeg:
		return -x.by
	case op == OpSqrt: // √x − √x₀ = (x − x₀)/(√x + √x₀)
		return x.by / (math.Sqrt(x.now) + math.Sqrt(x.was))
	case op == OpExp: // eˣ − eˣ⁰ = (eˣ + eˣ⁰) tanh((x − x₀)/2)
		return (math.Exp(x.now) + math.Exp(x.was)) * math.Tanh(x.by/2)
	case op == OpLog:
		return math.Log1p(x.by / x.was)
	case op == OpSin: // sin x − sin x₀ = 2 cos((x + x₀)/2) sin((x − x₀)/2)
		return 2 * math.Cos((x.now+x.was)/2) * math.Sin(x.by/2)
	case op == OpCos:
		return -2 * math.Sin((x.now+x.was)/2) * math.Sin(x.by/2)
	case op == OpTanh: // tanh x − tanh x₀ = tanh(x − x₀)(1 − tanh x tanh x₀)
		return math.Tanh(x.by) * (1 - math.Tanh(x.now)*math.Tanh(x.was))
	}
	panic("field: departure of an unknown unary operator")
}

// departure is x∘y now less x∘y at 0, d holding both.
func (op BinaryOp) departure(x, y, d departed) float64 {
	switch op {
	case OpAdd:
		return x.by + y.by
	case OpSub:
		return x.by - y.by
	case OpMul: // xy − x₀y₀ = (x − x₀)y + x₀(y − y₀)
		return x.by*y.now + x.was*y.by
	case OpDiv: // x/y − x₀/y₀ = ((x − x₀) − (x₀/y₀)(y − y₀))/y
		return (x.by - d.was*y.by) / y.now
	case OpMin, OpMax:
		if d.was == x.was && d.now == x.now {
			return x.by
		}
		if d.was == y.was && d.now == y.now {
			return y.by
		}
	}
	return d.now - d.was // another branch, or Less: nothing small to keep
}
