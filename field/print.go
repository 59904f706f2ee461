package field

import (
	"fmt"
	"strconv"
)

// String prints e in the variable t, for people: 1-t, sqrt(1-t²). Constants
// show six digits.
func (e Expr) String() string { return e.Text("t") }

// Text prints e with the variable called name.
func (e Expr) Text(name string) string { return Fold[printed](e, printer{name}).text }

// How tightly the outermost operator of a text binds.
const (
	looseSum = iota
	looseNeg
	looseProduct
	tight
)

type printed struct {
	text string
	bind int
}

// at is p in parentheses unless it binds at least as tightly as bind.
func (p printed) at(bind int) string {
	if p.bind < bind {
		return "(" + p.text + ")"
	}
	return p.text
}

type printer struct{ name string }

func (printer) Const(v float64) printed {
	bind := tight
	if v < 0 {
		bind = looseNeg
	}
	return printed{strconv.FormatFloat(v, 'g', 6, 64), bind}
}

func (p printer) Var() printed { return printed{p.name, tight} }

func (printer) Unary(op UnaryOp, x printed) printed {
	if op == OpNeg {
		return printed{"-" + x.at(looseProduct), looseNeg}
	}
	return printed{op.String() + "(" + x.text + ")", tight}
}

func (printer) Binary(op BinaryOp, x, y printed) printed {
	switch op {
	case OpAdd:
		return printed{x.text + "+" + y.at(looseProduct), looseSum}
	case OpSub:
		return printed{x.text + "-" + y.at(looseProduct), looseSum}
	case OpMul:
		if x == y {
			return printed{x.at(tight) + "²", looseProduct}
		}
		return printed{x.at(looseProduct) + "·" + y.at(looseProduct), looseProduct}
	case OpDiv:
		return printed{x.at(looseProduct) + "/" + y.at(tight), looseProduct}
	case OpLess:
		return printed{"[" + x.text + "<" + y.text + "]", tight}
	}
	return printed{fmt.Sprintf("%v(%s, %s)", op, x.text, y.text), tight}
}

// String is the name of op as expressions print it.
func (op UnaryOp) String() string {
	return [...]string{"-", "sqrt", "exp", "log", "sin", "cos", "tanh"}[op]
}

// String is the name of op as expressions print it.
func (op BinaryOp) String() string {
	return [...]string{"+", "-", "·", "/", "min", "max", "<"}[op]
}
