package field

import (
	"math"
	"slices"
)

// Kinks lists, in ascending order, the points inside (lo, hi) at which e
// changes from one smooth branch to another: where the operands of one of its
// Min, Max or Less nodes cross. Each is exact to a unit in the last place. An
// integral over e is taken between them.
//
// The difference of the two operands is scanned on a grid that is uniform in
// the middle and geometric towards both ends, down to 2⁻⁶⁰ of the interval, and
// bisected where its sign changes. Two crossings in one cell of the grid, which
// is at most a thousandth of the interval wide, are not seen; operands that
// touch without crossing leave the branch as it is. lo and hi must be finite.
func (e Expr) Kinks(lo, hi float64) []float64 {
	if !(lo < hi) {
		return nil
	}
	nums := newNumbering()
	nums.of(e.node())
	var at []float64
	var grid []float64
	for _, v := range nums.order {
		n := v.n
		if n.kind != kindBinary || n.bin != OpMin && n.bin != OpMax && n.bin != OpLess {
			continue
		}
		if grid == nil {
			grid = scanGrid(lo, hi)
		}
		gap := func(t float64) float64 { return eval(n.x, t) - eval(n.y, t) }
		at = append(at, crossings(gap, grid)...)
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// scanGrid divides [lo, hi] into 1024 equal cells, the first and the last of
// which are divided further by halves.
func scanGrid(lo, hi float64) []float64 {
	const cells, halves = 1024, 50
	grid := []float64{lo, hi}
	h := (hi - lo) / cells
	for i := 1; i < cells; i++ {
		grid = append(grid, lo+float64(i)*h)
	}
	for i := 1; i <= halves; i++ {
		d := math.Ldexp(h, -i)
		grid = append(grid, lo+d, hi-d)
	}
	slices.Sort(grid)
	return slices.Compact(grid)
}

// crossings lists the roots of gap strictly inside the grid at which its sign
// changes.
func crossings(gap func(float64) float64, grid []float64) []float64 {
	var at []float64
	from, before := 0.0, 0.0 // the last point with a sign, and its value
	for _, t := range grid {
		now := gap(t)
		if now == 0 || math.IsNaN(now) {
			continue
		}
		if before != 0 && (before < 0) != (now < 0) {
			if root := bisect(gap, from, t, before); root > grid[0] && root < grid[len(grid)-1] {
				at = append(at, root)
			}
		}
		from, before = t, now
	}
	return at
}

// bisect narrows [lo, hi], at whose ends gap has different signs, that at lo
// being the sign of atLo, to neighbouring numbers and returns the one at which
// gap is nearer to 0.
func bisect(gap func(float64) float64, lo, hi, atLo float64) float64 {
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		switch g := gap(mid); {
		case g == 0:
			return mid
		case (g < 0) == (atLo < 0):
			lo = mid
		default:
			hi = mid
		}
	}
	if math.Abs(gap(lo)) < math.Abs(gap(hi)) {
		return lo
	}
	return hi
}
