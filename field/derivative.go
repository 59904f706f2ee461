package field

// D is the exact derivative of e. At a tie Min and Max take the derivative of
// their second operand.
func (e Expr) D() Expr { return derivatives{}.of(e) }

// derivatives remembers the derivative of each node, so that shared
// subexpressions stay shared.
type derivatives map[*node]Expr

func (ds derivatives) of(e Expr) Expr {
	n := e.node()
	d, ok := ds[n]
	if !ok {
		d = ds.rule(e, n)
		ds[n] = d
	}
	return d
}

func (ds derivatives) rule(e Expr, n *node) Expr {
	switch n.kind {
	case kindConst:
		return Zero
	case kindVar:
		return One
	case kindUnary:
		return unaryD(n.unary, e, Expr{n.x}, ds.of(Expr{n.x}))
	}
	x, y := Expr{n.x}, Expr{n.y}
	dx, dy := ds.of(x), ds.of(y)
	switch n.bin {
	case OpAdd:
		return dx.Add(dy)
	case OpSub:
		return dx.Sub(dy)
	case OpMul:
		return dx.Mul(y).Add(x.Mul(dy))
	case OpDiv:
		if _, ok := y.Value(); ok {
			return dx.Div(y)
		}
		return dx.Div(y).Sub(e.Mul(dy).Div(y))
	case OpMin:
		return dy.Add(x.Less(y).Mul(dx.Sub(dy)))
	case OpMax:
		return dy.Add(y.Less(x).Mul(dx.Sub(dy)))
	case OpLess:
		return Zero
	}
	panic("field: derivative of an unknown operator")
}

// unaryD is the chain rule for e = op(x), dx the derivative of x.
func unaryD(op UnaryOp, e, x, dx Expr) Expr {
	switch op {
	case OpNeg:
		return dx.Neg()
	case OpSqrt:
		return dx.Div(e.Scale(2))
	case OpExp:
		return dx.Mul(e)
	case OpLog:
		return dx.Div(x)
	case OpSin:
		return dx.Mul(x.Cos())
	case OpCos:
		return dx.Mul(x.Sin()).Neg()
	case OpTanh:
		return dx.Mul(One.Sub(e.Square()))
	}
	panic("field: derivative of an unknown operator")
}
