package distance

import (
	"context"
	"math"
	"slices"
)

// membership says which points of y lie in balls about points of x, and the other way round. A
// ball is closed.
type membership struct {
	inX        []int32 // by point of x, the points of y in its ball
	inAny      []bool  // by point of x, whether it is in a ball about a point of y
	ballsOf    []int32 // by point of y, the balls about points of x that it is in
	clippedFor []int32 // the same of the balls of at most the median radius
}

// balls are squared radii about the points of two sets.
type balls struct {
	x, y    []float64
	clipped []float64 // min(x, their median)
}

// members counts who is in whose ball. Products decide, but for those within the bound of
// their error, whose distance is computed again in float64.
func (c *Cores) members(ctx context.Context, x, y Points, r balls) (membership, error) {
	m := membership{make([]int32, x.N()), make([]bool, x.N()), make([]int32, y.N()), make([]int32, y.N())}
	u, v, f, bound := ranked(x, y)
	half := make([]float32, y.N())
	for j, r2 := range r.y {
		half[j] = float32(r2 / 2)
	}
	all := strips(x.N())
	counts := make([][2][]int32, len(c.workers))
	for i := range counts {
		counts[i] = [2][]int32{make([]int32, y.N()), make([]int32, y.N())}
	}
	err := c.each(ctx, len(all), func(w *worker, item int) {
		s := all[item]
		mine := counts[slices.Index(c.workers, w)]
		w.rows(f, u, s.from, s.to)
		for part := range cut(0, y.N(), tileColumns) {
			t := w.tile(f, v, part.from, part.to)
			n := part.to - part.from
			for i := s.from; i < s.to; i++ {
				row := row{i, float64(u.norms[i]), bound(i) + float64(x.Dim)*0x1p-24*r.x[i]}
				row.count(w, &m, mine, t[(i-s.from)*n:][:n], half[part.from:part.to], part.from, x, y, r)
			}
		}
	})
	for _, own := range counts {
		for j := range y.N() {
			m.ballsOf[j] += own[0][j]
			m.clippedFor[j] += own[1][j]
		}
	}
	return m, err
}

// row is a point of x with ‖x‖² and the bound of the error of 2s.
type row struct {
	i           int
	norm, bound float64
}

// count counts the points of y from first on, whose s are given, and half of whose ρ². A piece
// with none that could be in the ball of x, s ≥ ½(‖x‖² − r²), or have x in its own,
// s + ½ρ² ≥ ½‖x‖², is passed over by its maxima.
func (q row) count(w *worker, m *membership, counts [2][]int32, s, half []float32, first int, x, y Points,
	r balls) {
	sum := room(&w.t, skipped)
	mine := (q.norm - r.x[q.i] - q.bound) / 2
	theirs := (q.norm-q.bound)/2 - 0x1p-22*q.norm
	for at := 0; at < len(s); at += skipped {
		n := min(skipped, len(s)-at)
		w.add(&sum[0], &s[at], &half[at], n, 0)
		if float64(w.vec.Max(s[at:at+n])) < mine && float64(w.vec.Max(sum[:n])) < theirs {
			continue
		}
		for k := at; k < at+n; k++ {
			j := first + k
			if float64(s[k]) < mine && float64(sum[k-at]) < theirs {
				continue
			}
			d2 := q.norm - 2*float64(s[k])
			exact := math.NaN()
			in := func(r2 float64) bool {
				if math.Abs(d2-r2) > q.bound+0x1p-20*r2 {
					return d2 < r2
				}
				if exact != exact {
					exact = squared(x.Row(q.i), y.Row(j))
				}
				return exact <= r2
			}
			if in(r.x[q.i]) {
				m.inX[q.i]++
				counts[0][j]++
				if in(r.clipped[q.i]) {
					counts[1][j]++
				}
			}
			if !m.inAny[q.i] && in(r.y[j]) {
				m.inAny[q.i] = true
			}
		}
	}
}
