package field

// Algebra builds another representation of an expression: graph operators, a
// printer, a count. V is what a subexpression becomes.
type Algebra[V any] interface {
	Const(v float64) V
	Var() V
	Unary(op UnaryOp, x V) V
	Binary(op BinaryOp, x, y V) V
}

// Fold rebuilds e in alg, operands before operators, left before right. Equal
// subexpressions are visited once and their V is shared, so the work is the
// number of distinct subexpressions.
func Fold[V any](e Expr, alg Algebra[V]) V { return FoldAll(alg, e)[0] }

// FoldAll is Fold over several expressions that share their subexpressions:
// a, b, c and d of one process, for instance.
func FoldAll[V any](alg Algebra[V], exprs ...Expr) []V {
	type seen struct {
		n *node
		v V
	}
	memo := map[uint64][]seen{}
	var visit func(n *node) V
	visit = func(n *node) (v V) {
		for _, s := range memo[n.hash] {
			if sameNode(s.n, n) {
				return s.v
			}
		}
		switch n.kind {
		case kindConst:
			v = alg.Const(n.value)
		case kindVar:
			v = alg.Var()
		case kindUnary:
			v = alg.Unary(n.unary, visit(n.x))
		case kindBinary:
			x := visit(n.x)
			v = alg.Binary(n.bin, x, visit(n.y))
		}
		memo[n.hash] = append(memo[n.hash], seen{n, v})
		return v
	}
	out := make([]V, len(exprs))
	for i, e := range exprs {
		out[i] = visit(e.node())
	}
	return out
}
