package distance

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/plan/philox"
)

// KIDSubsets is KID as torch-fidelity and its predecessors compute it: the mean, over count
// subsets of size points of either set, of the unbiased MMD² of the cubic kernel. A subset has
// no point twice, and subsets share points: SE is the standard deviation over them, with
// count as the divisor, which those programs print, and no standard error of the mean.
func (c *Cores) KIDSubsets(ctx context.Context, real, generated Points, count, size int, seed uint64) (
	Estimate, error) {
	if err := check("KID of subsets", max(2, size), real, generated); err != nil {
		return Estimate{}, err
	}
	if count < 1 || size < 2 {
		return Estimate{}, fmt.Errorf("distance: KID of subsets: got %d subsets of %d vectors, want at "+
			"least 1 of at least 2", count, size)
	}
	k := Cubic(real.Dim)
	values := make([]float64, count)
	err := c.each(ctx, count, func(w *worker, i int) {
		x := vectors{Points: real.chosen(subset(real.N(), size, seed, 2*uint64(i)))}
		y := vectors{Points: generated.chosen(subset(generated.N(), size, seed, 2*uint64(i)+1))}
		whole := blocksOf(size, 1)
		sums := func(x, y vectors, same bool) [][]float64 {
			var sum float64
			f := k.form(y)
			for _, s := range strips(size) {
				w.rows(f, x, s.from, s.to)
				sum += k.scale * w.stripSums(k, f, s, y, whole, whole, same)[0][0]
			}
			return [][]float64{{sum}}
		}
		values[i] = unbiased(sums(x, x, true), sums(y, y, true), sums(x, y, false), size, size)
	})
	var e Estimate
	for _, v := range values {
		e.Value += v / float64(count)
	}
	for _, v := range values {
		e.SE += (v - e.Value) * (v - e.Value) / float64(count)
	}
	e.SE = math.Sqrt(e.SE)
	return e, err
}

// chosen are the points of these numbers.
func (p Points) chosen(which []int) Points {
	x := make([]float32, 0, len(which)*p.Dim)
	for _, i := range which {
		x = append(x, p.Row(i)...)
	}
	return Points{x, p.Dim}
}

// What a distance draws, for draw after draw of philox.Metric. Package eval has those below.
const (
	drawSubset uint32 = 1<<16 + iota
	drawBlock
	drawDirection
	drawPrefix
)

// subset is size of n numbers, no two the same, in random order: number which of those that
// seed has.
func subset(n, size int, seed, which uint64) []int {
	return shuffled(n, size, seed, which, drawSubset)
}

// shuffled is the beginning of a random order of n numbers, by Fisher and Yates.
func shuffled(n, size int, seed, which uint64, draw uint32) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var words [4]uint32
	for i := range size {
		if i%4 == 0 {
			words = philox.Words(seed, which, philox.Draw(philox.Metric, draw), uint32(i/4))
		}
		j := i + int(uint64(words[i%4])*uint64(n-i)>>32) // in i…n−1, even but for 2⁻³²·n
		order[i], order[j] = order[j], order[i]
	}
	return order[:size:size]
}
