package field

import "math"

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
	nums := newNumbering()
	roots := make([]int, len(exprs))
	for i, e := range exprs {
		roots[i] = nums.of(e.node())
	}
	vals := make([]V, len(nums.order))
	for i, s := range nums.order {
		switch s.n.kind {
		case kindConst:
			vals[i] = alg.Const(s.n.value)
		case kindVar:
			vals[i] = alg.Var()
		case kindUnary:
			vals[i] = alg.Unary(s.n.unary, vals[s.x])
		case kindBinary:
			vals[i] = alg.Binary(s.n.bin, vals[s.x], vals[s.y])
		}
	}
	out := make([]V, len(exprs))
	for i, id := range roots {
		out[i] = vals[id]
	}
	return out
}

// numbering gives equal subexpressions equal numbers, operands before the
// operators on them. Its time is linear in the number of nodes, however many
// paths lead to each.
type numbering struct {
	byNode map[*node]int
	byForm map[form]int
	order  []vertex
}

// form is a node up to the order of commuting operands.
type form struct {
	kind  kind
	unary UnaryOp
	bin   BinaryOp
	value uint64
	x, y  int
}

// vertex is the first node met of a form, with the numbers of its operands.
type vertex struct {
	n    *node
	x, y int
}

func newNumbering() *numbering {
	return &numbering{byNode: map[*node]int{}, byForm: map[form]int{}}
}

func (nums *numbering) of(n *node) int {
	if id, ok := nums.byNode[n]; ok {
		return id
	}
	v := vertex{n: n, x: -1, y: -1}
	if n.x != nil {
		v.x = nums.of(n.x)
	}
	if n.y != nil {
		v.y = nums.of(n.y)
	}
	f := form{n.kind, n.unary, n.bin, math.Float64bits(n.value), v.x, v.y}
	if commutes(n.bin) && f.x > f.y && n.kind == kindBinary {
		f.x, f.y = f.y, f.x
	}
	id, ok := nums.byForm[f]
	if !ok {
		id = len(nums.order)
		nums.order = append(nums.order, v)
		nums.byForm[f] = id
	}
	nums.byNode[n] = id
	return id
}
