package distance

import (
	"context"
	"iter"
	"math"
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

// strip is rows of a tile, all of one block.
type strip struct{ block, from, to int }

// strips cuts n points into blocks and these into strips.
func strips(n, blocks int) (all []strip) {
	for b := range blocks {
		for s := range cut(b*n/blocks, (b+1)*n/blocks, tileRows) {
			all = append(all, strip{b, s[0], s[1]})
		}
	}
	return all
}

// cut gives the bounds of the fewest parts of at most so many, as equal as can be, that are
// from … end.
func cut(from, end, most int) iter.Seq[[2]int] {
	n := end - from
	parts := (n + most - 1) / most
	return func(yield func([2]int) bool) {
		for p := range parts {
			if !yield([2]int{from + p*n/parts, from + (p+1)*n/parts}) {
				return
			}
		}
	}
}

// blockSums are Σ k(xᵢ, yⱼ) over i in block a and j in block b. Where both are the same set, pairs
// of a point with itself are left out, and sums with b < a, which those with a < b are.
func (c *Cores) blockSums(ctx context.Context, k Kernel, x, y vectors, blocks int, same bool) (
	[][]float64, error) {
	all := strips(x.N(), blocks)
	parts := make([][]float64, len(all))
	f := k.form(y)
	err := c.each(ctx, len(all), func(w *worker, item int) {
		s := all[item]
		parts[item] = make([]float64, blocks)
		w.rows(f, x, s.from, s.to)
		first := 0
		if same {
			first = s.block
		}
		for b := first; b < blocks; b++ {
			parts[item][b] = w.stripSum(k, f, s, y, b*y.N()/blocks, (b+1)*y.N()/blocks, same)
		}
	})
	sums := make([][]float64, blocks)
	for a := range sums {
		sums[a] = make([]float64, blocks)
	}
	for item, s := range all {
		for b, v := range parts[item] {
			sums[s.block][b] += v
		}
	}
	return sums, err
}

// stripSum is Σ k(xᵢ, yⱼ) over the rows i of a strip and j from first to before end.
func (w *worker) stripSum(k Kernel, f form, s strip, y vectors, first, end int, same bool) (sum float64) {
	for part := range cut(first, end, tileColumns) {
		from, to := part[0], part[1]
		t := w.tile(f, y, from, to)
		k.values(w, t)
		if same {
			for i := max(s.from, from); i < min(s.to, to); i++ {
				t[(i-s.from)*(to-from)+i-from] = 0
			}
		}
		sum += w.sum(t)
	}
	return k.scale * sum
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
