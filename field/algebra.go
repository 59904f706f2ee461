package field

// Add is e + y.
func (e Expr) Add(y Expr) Expr {
	if z, ok := y.negated(); ok {
		return e.Sub(z)
	}
	if z, ok := e.negated(); ok {
		return y.Sub(z)
	}
	switch {
	case e.is(0):
		return y
	case y.is(0):
		return e
	}
	if p, q, ok := e.operands(OpSub); ok && q.Equal(y) {
		return p
	}
	if p, q, ok := y.operands(OpSub); ok && q.Equal(e) {
		return p
	}
	return fold(OpAdd, e, y)
}

// Sub is e − y.
func (e Expr) Sub(y Expr) Expr {
	switch {
	case y.is(0):
		return e
	case e.Equal(y):
		return Zero
	case e.is(0):
		return y.Neg()
	}
	if z, ok := y.negated(); ok {
		return e.Add(z)
	}
	if z, ok := e.negated(); ok {
		return z.Add(y).Neg()
	}
	if p, q, ok := y.operands(OpSub); ok && p.Equal(e) {
		return q
	}
	return fold(OpSub, e, y)
}

// Neg is −e.
func (e Expr) Neg() Expr {
	if v, ok := e.Value(); ok {
		return Const(-v)
	}
	if z, ok := e.negated(); ok {
		return z
	}
	if x, y, ok := e.operands(OpSub); ok {
		return y.Sub(x)
	}
	return newUnary(OpNeg, e)
}

// Mul is e·y. A zero factor gives 0 whatever the other does.
func (e Expr) Mul(y Expr) Expr {
	if z, ok := e.negated(); ok {
		return z.Mul(y).Neg()
	}
	if z, ok := y.negated(); ok {
		return e.Mul(z).Neg()
	}
	switch {
	case e.is(0) || y.is(0):
		return Zero
	case e.is(1):
		return y
	case y.is(1):
		return e
	}
	if n := e.node(); n.kind == kindUnary && n.unary == OpSqrt && e.Equal(y) {
		return Expr{n.x}
	}
	if p, q, ok := e.operands(OpDiv); ok && q.Equal(y) {
		return p
	}
	if p, q, ok := y.operands(OpDiv); ok && q.Equal(e) {
		return p
	}
	k, ok := y.Value()
	if ok {
		e, y = y, e // constants lead
	} else if k, ok = e.Value(); !ok {
		return fold(OpMul, e, y)
	}
	if p, q, isMul := y.operands(OpMul); isMul {
		if kp, isConst := p.Value(); isConst {
			return Const(k * kp).Mul(q)
		}
	}
	return fold(OpMul, e, y)
}

// Div is e/y. A zero numerator gives 0 and equal operands give 1, at the zeros
// of y too.
func (e Expr) Div(y Expr) Expr {
	if z, ok := e.negated(); ok {
		return z.Div(y).Neg()
	}
	if z, ok := y.negated(); ok {
		return e.Div(z).Neg()
	}
	switch {
	case e.is(0):
		return Zero
	case y.is(1):
		return e
	case e.Equal(y):
		return One
	}
	if p, q, ok := e.operands(OpMul); ok {
		switch {
		case p.Equal(y):
			return q
		case q.Equal(y):
			return p
		}
	}
	return fold(OpDiv, e, y)
}

// Min is the smaller of e and y.
func (e Expr) Min(y Expr) Expr {
	if e.Equal(y) {
		return e
	}
	return fold(OpMin, e, y)
}

// Max is the larger of e and y.
func (e Expr) Max(y Expr) Expr {
	if e.Equal(y) {
		return e
	}
	return fold(OpMax, e, y)
}

// Less is 1 where e < y and 0 elsewhere.
func (e Expr) Less(y Expr) Expr { return fold(OpLess, e, y) }

// Scale is k·e.
func (e Expr) Scale(k float64) Expr { return Const(k).Mul(e) }

// Square is e².
func (e Expr) Square() Expr { return e.Mul(e) }

// Sqrt is √e.
func (e Expr) Sqrt() Expr { return apply(OpSqrt, e) }

// Exp is exp(e).
func (e Expr) Exp() Expr { return apply(OpExp, e) }

// Log is the natural logarithm of e.
func (e Expr) Log() Expr { return apply(OpLog, e) }

// Sin is sin(e), e in radians.
func (e Expr) Sin() Expr { return apply(OpSin, e) }

// Cos is cos(e), e in radians.
func (e Expr) Cos() Expr { return apply(OpCos, e) }

// Tanh is the hyperbolic tangent of e.
func (e Expr) Tanh() Expr { return apply(OpTanh, e) }

// fold builds x op y, or the constant it is where both operands are constant.
func fold(op BinaryOp, x, y Expr) Expr {
	p, okX := x.Value()
	q, okY := y.Value()
	if okX && okY {
		return Const(op.apply(p, q))
	}
	return newBinary(op, x, y)
}

func apply(op UnaryOp, x Expr) Expr {
	if v, ok := x.Value(); ok {
		return Const(op.apply(v))
	}
	return newUnary(op, x)
}
