package field

import "math"

// UnaryOp names a function of one operand.
type UnaryOp uint8

// The unary operators. Tanh must be accurate relative to its value near zero,
// since VP-SDE schedules rest on it: b² = 2h/(1+h) with h = tanh(½∫β).
const (
	OpNeg UnaryOp = iota
	OpSqrt
	OpExp
	OpLog
	OpSin
	OpCos
	OpTanh
)

// BinaryOp names a function of two operands.
type BinaryOp uint8

// The binary operators. Less is 1 where x < y and 0 elsewhere; it appears only
// in derivatives of Min and Max.
const (
	OpAdd BinaryOp = iota
	OpSub
	OpMul
	OpDiv
	OpMin
	OpMax
	OpLess
)

type kind uint8

const (
	kindConst kind = iota
	kindVar
	kindUnary
	kindBinary
)

// node is one vertex of an expression. It is never changed once made.
type node struct {
	kind  kind
	unary UnaryOp
	bin   BinaryOp
	value float64
	x, y  *node
	hash  uint64 // equal for structurally equal nodes, x∘y and y∘x included
}

// Expr is an immutable expression in one real variable. Constructors simplify
// as they build: constants fold, 0 and 1 vanish, signs move outwards, x − x is
// 0 and x/x is 1. The last two give removable singularities their limit, which
// is what makes the gain of velocity exactly 1 at t = 0. The zero Expr is 0.
type Expr struct{ n *node }

var (
	// T is the variable: the noise time of a schedule, the base variate of a
	// quantile map.
	T = Expr{&node{kind: kindVar, hash: mix(uint64(kindVar)+1, 0)}}
	// Zero and One are the constants.
	Zero = Const(0)
	One  = Const(1)
)

var zeroNode = Zero.n

// Const is the constant v.
func Const(v float64) Expr {
	if v == 0 {
		v = 0 // −0 would be a different constant with the same value
	}
	return Expr{&node{kind: kindConst, value: v, hash: mix(0x51, math.Float64bits(v))}}
}

// mix is one round of a multiply-xorshift hash.
func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func (e Expr) node() *node {
	if e.n == nil {
		return zeroNode
	}
	return e.n
}

// Value reports whether e is a constant, and which.
func (e Expr) Value() (v float64, ok bool) {
	n := e.node()
	return n.value, n.kind == kindConst
}

func (e Expr) is(v float64) bool {
	got, ok := e.Value()
	return ok && got == v
}

// negated returns x where e is −x.
func (e Expr) negated() (x Expr, ok bool) {
	n := e.node()
	if n.kind == kindConst && n.value < 0 {
		return Const(-n.value), true
	}
	return Expr{n.x}, n.kind == kindUnary && n.unary == OpNeg
}

// operands returns x and y where e is x op y.
func (e Expr) operands(op BinaryOp) (x, y Expr, ok bool) {
	n := e.node()
	return Expr{n.x}, Expr{n.y}, n.kind == kindBinary && n.bin == op
}

// Equal reports whether e and f are the same expression up to the order of
// commuting operands. Expressions of equal value but different form differ.
func (e Expr) Equal(f Expr) bool {
	p, q := e.node(), f.node()
	if p == q || p.hash != q.hash {
		return p == q
	}
	nums := newNumbering()
	return nums.of(p) == nums.of(q)
}

func commutes(op BinaryOp) bool {
	return op == OpAdd || op == OpMul || op == OpMin || op == OpMax
}

func newUnary(op UnaryOp, x Expr) Expr {
	n := x.node()
	return Expr{&node{kind: kindUnary, unary: op, x: n, hash: mix(0x101+uint64(op), n.hash)}}
}

func newBinary(op BinaryOp, x, y Expr) Expr {
	p, q := x.node(), y.node()
	hx, hy := p.hash, q.hash
	if commutes(op) && hx > hy {
		hx, hy = hy, hx
	}
	h := mix(mix(0x201+uint64(op), hx), hy)
	return Expr{&node{kind: kindBinary, bin: op, x: p, y: q, hash: h}}
}

// Eval is the value of e at t, in float64.
func (e Expr) Eval(t float64) float64 { return eval(e.node(), t) }

func eval(n *node, t float64) float64 {
	switch n.kind {
	case kindConst:
		return n.value
	case kindVar:
		return t
	case kindUnary:
		return n.unary.apply(eval(n.x, t))
	}
	return n.bin.apply(eval(n.x, t), eval(n.y, t))
}

func (op UnaryOp) apply(x float64) float64 {
	switch op {
	case OpNeg:
		return -x
	case OpSqrt:
		return math.Sqrt(x)
	case OpExp:
		return math.Exp(x)
	case OpLog:
		return math.Log(x)
	case OpSin:
		return math.Sin(x)
	case OpCos:
		return math.Cos(x)
	case OpTanh:
		return math.Tanh(x)
	}
	panic("field: unknown unary operator")
}

func (op BinaryOp) apply(x, y float64) float64 {
	switch op {
	case OpAdd:
		return x + y
	case OpSub:
		return x - y
	case OpMul:
		return x * y
	case OpDiv:
		return x / y
	case OpMin:
		return min(x, y)
	case OpMax:
		return max(x, y)
	case OpLess:
		if x < y {
			return 1
		}
		return 0
	}
	panic("field: unknown binary operator")
}
