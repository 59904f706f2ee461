package field

import "math"

// growth is how an expression behaves as its variable s falls to 0,
//
//	e(s) ≈ coef · s^power · L^log,   L = log(1/s)
//
// or, where flat is −1 or +1, that it vanishes or grows faster than any power:
// the density of a log-normal near 0 is exp(−L²/2σ²) and flat. known is false
// where neither the rules nor a measurement say.
type growth struct {
	coef, power, log float64
	flat             int
	known            bool
}

// vanishes is the growth of the constant 0, which alone has no coefficient.
var vanishes = growth{flat: -1, known: true}

// growthAt is the growth of e at a point, on the side that side, +1 or −1,
// points to.
func growthAt(e Expr, at, side float64) growth {
	s := T
	if at != 0 || side < 0 {
		s = Const(at).Add(T.Scale(side))
	}
	return growths{}.of(e.Of(s).node())
}

// order is the power with which g grows, 0 where it does not.
func (g growth) order() float64 {
	if g.flat > 0 {
		return math.Inf(1)
	}
	if g.flat < 0 || !g.known {
		return 0
	}
	return max(0, -g.power)
}

// integrable reports whether ∫ g over a neighbourhood of 0 is finite.
func (g growth) integrable() bool {
	return g.flat < 0 || g.flat == 0 && (g.power > -1 || g.power == -1 && g.log < -1)
}

func (g growth) isConst() bool { return g.flat == 0 && g.power == 0 && g.log == 0 }

// small reports whether g tends to 0.
func (g growth) small() bool {
	return g.flat < 0 || g.flat == 0 && (g.power > 0 || g.power == 0 && g.log < 0)
}

// growths remembers the growth of each node.
type growths map[*node]growth

// of applies the rule of n to the growths of its operands, and measures n where
// leading terms cancel or a rule does not apply.
func (gs growths) of(n *node) growth {
	g, ok := gs[n]
	if ok {
		return g
	}
	switch n.kind {
	case kindConst:
		g = constantGrowth(n.value)
	case kindVar:
		g = growth{coef: 1, power: 1, known: true}
	case kindUnary:
		switch x := gs.of(n.x); {
		case x.known && n.unary == OpExp && x.isLog():
			g = powerGrowth(n, -x.coef)
		case x.known:
			g = n.unary.growth(x)
		}
	default:
		if x, y := gs.of(n.x), gs.of(n.y); x.known && y.known {
			g = n.bin.growth(n, x, y)
		}
	}
	if !g.known {
		g = measured(n)
	}
	gs[n] = g
	return g
}

// isLog reports whether g grows as a logarithm does, so that exp of it is a power.
func (g growth) isLog() bool { return g.flat == 0 && g.power == 0 && g.log == 1 }

// powerGrowth is the growth of n, which is a constant times s^power.
func powerGrowth(n *node, power float64) growth {
	const s = 0x1p-40
	g := growth{coef: eval(n, s) * math.Pow(s, -power), power: power}
	g.known = g.coef != 0 && !math.IsNaN(g.coef) && !math.IsInf(g.coef, 0)
	return g
}

func constantGrowth(v float64) growth {
	if v == 0 {
		return vanishes
	}
	return growth{coef: v, known: !math.IsNaN(v) && !math.IsInf(v, 0)}
}

func (op UnaryOp) growth(x growth) growth {
	at := func(v float64) growth { // the value at a limit; a zero there has an order of its own
		if f := op.apply(v); math.Abs(f) > 1e-12 {
			return constantGrowth(f)
		}
		return growth{}
	}
	switch op {
	case OpNeg:
		x.coef = -x.coef
		return x
	case OpSqrt:
		return growth{math.Sqrt(x.coef), x.power / 2, x.log / 2, x.flat, x.flat != 0 || x.coef > 0}
	case OpLog:
		if x.flat == 0 && x.power != 0 {
			return growth{coef: -x.power, log: 1, known: true}
		}
	case OpSin:
		if x.small() {
			return x
		}
	case OpTanh:
		switch {
		case x.small():
			return x
		case x.flat == 0 && !x.isConst():
			return constantGrowth(math.Copysign(1, x.coef))
		}
	case OpExp:
		if x.flat == 0 && !x.small() && !x.isConst() && !(x.power == 0 && x.log <= 1) {
			return growth{coef: 1, flat: int(math.Copysign(1, x.coef)), known: true}
		}
	}
	switch {
	case x.small():
		return at(0)
	case x.isConst():
		return at(x.coef)
	}
	return growth{}
}

func (op BinaryOp) growth(n *node, x, y growth) growth {
	switch op {
	case OpSub:
		y.coef = -y.coef
		return x.plus(y)
	case OpAdd:
		return x.plus(y)
	case OpMul:
		return x.times(y)
	case OpDiv:
		return x.times(growth{1 / y.coef, -y.power, -y.log, -y.flat, y.coef != 0})
	}
	const s = 0x1p-40
	switch p, q := eval(n.x, s), eval(n.y, s); {
	case op == OpLess && p != q:
		return constantGrowth(op.apply(p, q))
	case op != OpLess && op.apply(p, q) == p:
		return x
	case op != OpLess:
		return y
	}
	return growth{}
}

// plus is the growth of a sum, unknown where the leading terms cancel.
func (g growth) plus(h growth) growth {
	switch {
	case g.flat != h.flat:
		if g.flat > h.flat {
			return g
		}
		return h
	case g.flat < 0:
		return g
	case g.flat > 0:
		return growth{}
	case g.power < h.power || g.power == h.power && g.log > h.log:
		return g
	case g.power != h.power || g.log != h.log:
		return h
	}
	size := math.Abs(g.coef) + math.Abs(h.coef)
	g.coef += h.coef
	g.known = math.Abs(g.coef) > 1e-9*size
	return g
}

// times is the growth of a product, unknown where one factor vanishes and the
// other grows faster than any power.
func (g growth) times(h growth) growth {
	if g.flat*h.flat < 0 {
		return growth{}
	}
	return growth{g.coef * h.coef, g.power + h.power, g.log + h.log, max(min(g.flat+h.flat, 1), -1),
		g.known && h.known}
}

// measured is the growth seen between s = 2⁻²⁴ and 2⁻³⁶: near enough that
// corrections of relative size √s move the power by less than 1e-4. Where n is 0
// at 0, but for rounding, its Departure is taken, which does not cancel. A power
// that is no multiple of ¼ to a hundredth is not believed.
func measured(n *node) growth {
	near, far := eval(n, 0x1p-36), eval(n, 0x1p-24)
	if at0 := eval(n, 0); math.Abs(at0) < 1e-12 {
		if p, q := depart(n, 0x1p-36).by, depart(n, 0x1p-24).by; !math.IsNaN(p) && !math.IsNaN(q) {
			near, far = p, q
		}
	}
	if near == 0 && far == 0 {
		return vanishes
	}
	power := math.Log2(far/near) / 12
	g := growth{power: math.Round(4*power) / 4}
	g.coef = near * math.Exp2(36*g.power)
	g.known = math.Abs(power-g.power) < 0.01 && g.coef != 0
	return g
}
