package graph

// Powers is 1, r, r², …, rⁿ⁻¹ as [n]: 2·⌈log₂ n⌉ small operators, each doubling what
// there is. anchor ties it to the graph.
func (b *Builder) Powers(r float64, anchor Node, n int) Node {
	return b.doubled(1, anchor, n, func(x Node) Node {
		x, r = b.Scale(r, x), r*r
		return x
	})
}

// Count is 0, 1, …, n−1 as [n], exact up to 2²⁴, likewise.
func (b *Builder) Count(anchor Node, n int) Node {
	k := 1.
	return b.doubled(0, anchor, n, func(x Node) Node {
		x, k = b.Shift(k, x), 2*k
		return x
	})
}

// doubled is the first n numbers of a sequence that begins with first, and whose
// second half next makes of its first, at 1, 2, 4, … numbers in turn.
func (b *Builder) doubled(first float64, anchor Node, n int, next func(half Node) Node) Node {
	x, length := b.Fill(first, anchor, 1), 1
	for ; length < n; length *= 2 {
		x = b.Concat(1, []int{2 * length}, x, next(x))
	}
	if length > n {
		x = b.Narrow(x, 1, 0, n, n)
	}
	return x
}
