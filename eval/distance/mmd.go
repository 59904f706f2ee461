package distance

import (
	"context"
	"math"
	"sort"
)

// mostBlocks is how many blocks a standard error is of, where there are as many points.
const mostBlocks = 64

// leastBlocks is how many blocks a standard error takes.
const leastBlocks = 4

// KernelDistance is the unbiased estimate of MMD² by all pairs, which is 0 on average where the
// two laws are one, and may be below:
//
//	mean_{i≠j} k(xᵢ, xⱼ) + mean_{i≠j} k(yᵢ, yⱼ) − 2 mean k(xᵢ, yⱼ)
//
// Its standard error is that of a U-statistic of B blocks of points: with h_ab the mean of
// k(x, x′) + k(y, y′) − k(x, y′) − k(x′, y) over x, y in block a and x′, y′ in block b,
//
//	SE² = (4(B−2) ζ₁ + 2 ζ₂)/(B(B−1)),   ζ₁ = Cov(h_ab, h_ac) ≥ 0,   ζ₂ = Var(h_ab)
//
// by their unbiased estimates from distinct blocks. Where the laws are one ζ₁ is 0; as no
// estimate of it below 0 is taken, SE is then up to a third too large, on the safe side.
// Blocks are of points in random order, always the same one.
func (c *Cores) KernelDistance(ctx context.Context, k Kernel, real, generated Points) (Estimate, error) {
	if err := check(k.name, leastBlocks, real, generated); err != nil {
		return Estimate{}, err
	}
	blocks := min(mostBlocks, real.N(), generated.N())
	x, y := k.ready(real, generated)
	xx, err := c.blockSums(ctx, k, x, x, blocks, true)
	if err != nil {
		return Estimate{}, err
	}
	yy, err := c.blockSums(ctx, k, y, y, blocks, true)
	if err != nil {
		return Estimate{}, err
	}
	xy, err := c.blockSums(ctx, k, x, y, blocks, false)
	if err != nil {
		return Estimate{}, err
	}
	return Estimate{unbiased(xx, yy, xy, x.N(), y.N()), blockError(xx, yy, xy, x.N(), y.N())}, nil
}

// ready are the two sets as products take them, in random order.
func (k Kernel) ready(real, generated Points) (x, y vectors) {
	x = vectors{Points: real, order: shuffled(real.N(), real.N(), 0, 0, drawBlock)}
	y = vectors{Points: generated, order: shuffled(generated.N(), generated.N(), 0, 1, drawBlock)}
	if !k.origin {
		return x, y
	}
	mu := single(real.mean())
	return x.around(mu), y.around(mu)
}

// blockSums are Σ k(xᵢ, yⱼ) over i in block a and j in block b. Where both are the same set, pairs
// of a point with itself are left out, and sums with b < a, which those with a < b are.
func (c *Cores) blockSums(ctx context.Context, k Kernel, x, y vectors, blocks int, same bool) (
	[][]float64, error) {
	all := strips(x.N())
	parts := make([][][]float64, len(all))
	f := k.form(y)
	err := c.each(ctx, len(all), func(w *worker, item int) {
		s := all[item]
		w.rows(f, x, s.from, s.to)
		parts[item] = w.stripSums(k, f, s, y, blocksOf(x.N(), blocks), blocksOf(y.N(), blocks), same)
	})
	sums := make([][]float64, blocks)
	for a := range sums {
		sums[a] = make([]float64, blocks)
		for _, part := range parts {
			if part != nil && part[a] != nil {
				for b, v := range part[a] {
					sums[a][b] += k.scale * v
				}
			}
		}
	}
	return sums, err
}

// blocksOf is where the blocks of n points begin, and n.
func blocksOf(n, blocks int) []int {
	at := make([]int, blocks+1)
	for b := range at {
		at[b] = b * n / blocks
	}
	return at
}

// summedRows is how many rows of a tile are added up in float32 before float64 takes over.
const summedRows = 4

// stripSums are the sums of the blocks, given by where they begin, over the rows of a strip; nil
// for blocks that have none of them. In one set only columns from those of the strip itself on
// are taken, and pairs of one block right of the strip, which have no other order, count twice.
func (w *worker) stripSums(k Kernel, f form, s strip, y vectors, rows, columns []int, same bool) [][]float64 {
	sums := make([][]float64, len(rows)-1)
	first := 0
	if same {
		first = s.to
		t := w.tile(f, y, s.from, s.to)
		k.values(w, t)
		for i := range s.to - s.from {
			t[i*(s.to-s.from)+i] = 0
		}
		w.spread(sums, t, s, strip{s.from, s.to}, rows, columns, func(a, b int) float64 {
			if b < a {
				return 0
			}
			return 1
		})
	}
	for part := range cut(first, y.N(), tileColumns) {
		t := w.tile(f, y, part.from, part.to)
		k.values(w, t)
		w.spread(sums, t, s, part, rows, columns, func(a, b int) float64 {
			if same && a == b {
				return 2
			}
			return 1
		})
	}
	return sums
}

// spread adds the values of a tile to the sums of its blocks, with a weight for each.
func (w *worker) spread(sums [][]float64, t []float32, r, c strip, rows, columns []int,
	weight func(a, b int) float64) {
	n := c.to - c.from
	acc := room(&w.t, n)
	for a := range sums {
		from, to := max(rows[a], r.from), min(rows[a+1], r.to)
		if from < to && sums[a] == nil {
			sums[a] = make([]float64, len(columns)-1)
		}
		for from < to {
			last := min(from+summedRows, to)
			copy(acc, t[(from-r.from)*n:][:n])
			for i := from + 1; i < last; i++ {
				w.add(&acc[0], &acc[0], &t[(i-r.from)*n], n, 0)
			}
			for b := sort.SearchInts(columns, c.from+1) - 1; b < len(columns)-1 && columns[b] < c.to; b++ {
				if f := weight(a, b); f != 0 {
					one := acc[max(columns[b], c.from)-c.from : min(columns[b+1], c.to)-c.from]
					sums[a][b] += f * w.vec.Sum(one)
				}
			}
			from = last
		}
	}
}

// unbiased is MMD² from sums over blocks.
func unbiased(xx, yy, xy [][]float64, n, m int) float64 {
	within := func(s [][]float64, n int) (mean float64) {
		for a := range s {
			for b := a; b < len(s); b++ {
				if mean += s[a][b]; a != b {
					mean += s[a][b]
				}
			}
		}
		return mean / float64(n) / float64(n-1)
	}
	var between float64
	for a := range xy {
		for _, v := range xy[a] {
			between += v
		}
	}
	return within(xx, n) + within(yy, m) - 2*between/float64(n)/float64(m)
}

// blockError is the standard error of unbiased, by KernelDistance's equation.
func blockError(xx, yy, xy [][]float64, n, m int) float64 {
	blocks := len(xx)
	size := func(n, a int) float64 { return float64((a+1)*n/blocks - a*n/blocks) }
	rows := make([]float64, blocks) // Σ_b h_ab
	var total, squares float64      // Σ h and Σ h² over a ≠ b
	for a := range blocks {
		na, ma := size(n, a), size(m, a)
		for b := a + 1; b < blocks; b++ {
			nb, mb := size(n, b), size(m, b)
			h := xx[a][b]/na/nb + yy[a][b]/ma/mb - xy[a][b]/na/mb - xy[b][a]/nb/ma
			rows[a] += h
			rows[b] += h
			total += 2 * h
			squares += 2 * h * h
		}
	}
	var rowSquares float64
	for _, r := range rows {
		rowSquares += r * r
	}
	n2 := float64(blocks) * float64(blocks-1)
	n3 := n2 * float64(blocks-2)
	n4 := n3 * float64(blocks-3)
	apart := (total*total - 4*rowSquares + 2*squares) / n4 // mean of h_ab h_cd
	one := max(0, (rowSquares-squares)/n3-apart)
	two := max(0, squares/n2-apart)
	return math.Sqrt((4*float64(blocks-2)*one + 2*two) / n2)
}
