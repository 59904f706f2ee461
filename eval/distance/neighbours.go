package distance

import (
	"context"
	"math"
	"slices"
)

// neighbours are the k nearest points of a set to each point of another, nearest first, those
// at the same distance by their number.
type neighbours struct {
	k     int
	index []int32
	d2    []float64 // squared distances, in float64
}

// slack is how many candidates more than k are held, so that the errors of products are seldom
// larger than the distance between the last neighbour and the last candidate.
const slack = 3

// skipped is how many products are passed over by their maximum.
const skipped = 256

// nearest are the k nearest points of y to each of x; where both are the same set, to each the
// nearest others. There must be so many. With s = x·y − ½‖y‖², which is largest for the
// nearest, products choose k+slack candidates, whose distances are computed again in float64.
// Where another point may be as near, by the bound of the products' errors, all are.
func (c *Cores) nearest(ctx context.Context, x, y Points, k int, same bool) (neighbours, error) {
	near := neighbours{k, make([]int32, x.N()*k), make([]float64, x.N()*k)}
	u, v, f, bound := ranked(x, y)
	all := strips(x.N())
	held := min(k+slack, y.N())
	err := c.each(ctx, len(all), func(w *worker, item int) {
		s := all[item]
		found := make([]candidates, s.to-s.from)
		w.rows(f, u, s.from, s.to)
		for part := range cut(0, y.N(), tileColumns) {
			t := w.tile(f, v, part.from, part.to)
			n := part.to - part.from
			for i := range found {
				self := -1
				if same {
					self = s.from + i - part.from
				}
				found[i].take(w, t[i*n:(i+1)*n], part.from, self, held)
			}
		}
		for i := range found {
			r := s.from + i
			near.refine(r, &found[i], x, y, same, float64(u.norms[r]), bound(r))
		}
	})
	return near, err
}

// ranked are x and y with the form of s = x·y − ½‖y‖², and a bound of the error of 2s for a
// point of x: (D+4)·2⁻²⁴ of what is added up, and of what is lost where the origin is taken off.
func ranked(x, y Points) (u, v vectors, f form, bound func(i int) float64) {
	mu := single(y.mean())
	u, v = vectors{Points: x}.around(mu), vectors{Points: y}.around(mu)
	f = form{scale: 1, bias: make([]float32, y.N())}
	for i, q := range v.norms {
		f.bias[i] = -q / 2
	}
	largest := math.Sqrt(float64(slices.Max(v.norms)))
	ulps := float64(x.Dim+4) * 0x1p-24
	return u, v, f, func(i int) float64 {
		return ulps * 2 * largest * (2*math.Sqrt(float64(u.norms[i])) + largest)
	}
}

// candidates are the points with the largest s so far, largest first.
type candidates struct {
	s     []float32
	index []int32
}

// take looks at s of the points from first on, of which self is left out.
func (c *candidates) take(w *worker, s []float32, first, self, held int) {
	for at := 0; at < len(s); at += skipped {
		some := s[at:min(at+skipped, len(s))]
		least := float32(math.Inf(-1))
		if len(c.s) == held {
			if least = c.s[held-1]; !(w.vec.Max(some) > least) {
				continue
			}
		}
		for j, v := range some {
			if v > least && at+j != self {
				if c.insert(v, int32(first+at+j), held); len(c.s) == held {
					least = c.s[held-1]
				}
			}
		}
	}
}

// insert puts a point in its place; the last one of more than held is left out.
func (c *candidates) insert(s float32, index int32, held int) {
	at := len(c.s)
	for at > 0 && s > c.s[at-1] {
		at--
	}
	if len(c.s) < held {
		c.s, c.index = append(c.s, 0), append(c.index, 0)
	}
	copy(c.s[at+1:], c.s[at:])
	copy(c.index[at+1:], c.index[at:])
	c.s[at], c.index[at] = s, index
}

// refine sets the neighbours of point i of x to the nearest of its candidates, or of all points
// where another may be as near: norm is ‖x‖², and bound the error of 2s.
func (n *neighbours) refine(i int, c *candidates, x, y Points, same bool, norm, bound float64) {
	others := y.N()
	if same {
		others--
	}
	best := n.exact(i, c.index, x, y)
	if len(c.index) < others && !(norm-2*float64(c.s[len(c.s)-1])-2*bound > best[n.k-1].d2) {
		all := make([]int32, 0, others)
		for j := range int32(y.N()) {
			if !same || int(j) != i {
				all = append(all, j)
			}
		}
		best = n.exact(i, all, x, y)
	}
	for r, b := range best[:n.k] {
		n.index[i*n.k+r], n.d2[i*n.k+r] = b.index, b.d2
	}
}

// neighbour is a point and how far it is.
type neighbour struct {
	index int32
	d2    float64
}

// exact are some points of y by their distance to point i of x.
func (n *neighbours) exact(i int, some []int32, x, y Points) []neighbour {
	all := make([]neighbour, len(some))
	for r, j := range some {
		all[r] = neighbour{j, squared(x.Row(i), y.Row(int(j)))}
	}
	slices.SortFunc(all, func(a, b neighbour) int {
		switch {
		case a.d2 < b.d2 || a.d2 == b.d2 && a.index < b.index:
			return -1
		}
		return 1
	})
	return all
}

// radii are the squared distances of the k-th neighbours.
func (n *neighbours) radii() []float64 {
	r := make([]float64, len(n.d2)/n.k)
	for i := range r {
		r[i] = n.d2[(i+1)*n.k-1]
	}
	return r
}
