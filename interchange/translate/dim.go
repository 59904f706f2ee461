package translate

import (
	"fmt"
	"slices"
)

// The sizes at which a graph is looked at.
const (
	A = 2
	B = 3
)

// dim is an extent that is k·n + c of n points.
type dim struct{ k, c int }

// dimOf is the extent that is a at n = A and b at n = B.
func dimOf(a, b int) dim {
	k := (b - a) / (B - A)
	return dim{k, a - k*A}
}

// dimsOf are the extents of a shape.
func dimsOf(a, b []int) []dim {
	ds := make([]dim, len(a))
	for i := range a {
		ds[i] = dimOf(a[i], b[i])
	}
	return ds
}

// at is the extent for n points.
func (d dim) at(n int) int { return d.k*n + d.c }

func (d dim) String() string {
	switch {
	case d.k == 0:
		return fmt.Sprint(d.c)
	case d.c == 0:
		return fmt.Sprintf("%d·n", d.k)
	}
	return fmt.Sprintf("%d·n+%d", d.k, d.c)
}

// one reports whether d is 1 for every n.
func (d dim) one() bool { return d == dim{0, 1} }

// product is that of dims; ok says whether it is a dim too, as long as at most one is not a
// number.
func product(ds []dim) (p dim, ok bool) {
	p = dim{0, 1}
	for _, d := range ds {
		if p.k != 0 && d.k != 0 {
			return p, false
		}
		if p.k != 0 {
			p, d = d, p
		}
		p = dim{p.c * d.k, p.c * d.c}
	}
	return p, true
}

// split finds the axes i ≤ j of a shape before which there are outer elements, and from which
// on there are inner ones.
func split(shape []dim, outer, inner dim) (i, j int, ok bool) {
	for i = 0; i <= len(shape); i++ {
		if p, whole := product(shape[:i]); whole && p == outer {
			break
		}
	}
	for j = len(shape); j >= 0; j-- {
		if p, whole := product(shape[j:]); whole && p == inner {
			break
		}
	}
	return i, j, i <= j && i <= len(shape) && j >= 0
}

// numbers are the extents where -1 stands for one that depends on n; ok says whether there is
// at most one.
func numbers(ds []dim) (ns []int64, ok bool) {
	unknown := 0
	for _, d := range ds {
		n := int64(d.c)
		if d.k != 0 {
			n, unknown = -1, unknown+1
		}
		ns = append(ns, n)
	}
	return ns, unknown <= 1
}

// equal reports whether two shapes are one for every n.
func equal(a, b []dim) bool { return slices.Equal(a, b) }
