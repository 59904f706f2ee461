package field

// Of is e with x in the place of the variable. The result is simplified as it
// is built, so that 1 − t as a function of s = 1 − t is s and not 1 − (1 − s):
// near the end of a schedule it can be evaluated at distances far below the
// spacing of numbers near 1.
func (e Expr) Of(x Expr) Expr { return Fold[Expr](e, substitution{x}) }

type substitution struct{ x Expr }

func (substitution) Const(v float64) Expr { return Const(v) }

func (s substitution) Var() Expr { return s.x }

func (substitution) Unary(op UnaryOp, x Expr) Expr {
	if op == OpNeg {
		return x.Neg()
	}
	return apply(op, x)
}

func (substitution) Binary(op BinaryOp, x, y Expr) Expr {
	switch op {
	case OpAdd:
		return x.Add(y)
	case OpSub:
		return x.Sub(y)
	case OpMul:
		return x.Mul(y)
	case OpDiv:
		return x.Div(y)
	case OpMin:
		return x.Min(y)
	case OpMax:
		return x.Max(y)
	case OpLess:
		return x.Less(y)
	}
	panic("field: substitution into an unknown operator")
}
