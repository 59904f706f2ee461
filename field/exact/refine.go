package exact

import (
	"fmt"
	"math"
)

// tolerance is the error of a panel, of the sum over all, at which it is halved.
const tolerance = 0x1p-47

// refine halves leaves until the integral of the mass times each observable is
// known to tolerance of its absolute value, and returns the largest estimate of
// an error that is left, relative to that value. The mass itself is always one
// of the observables.
func (q *query) refine(leaves []*leaf, obs []observable, cut float64) ([]*leaf, float64, error) {
	sizes := q.s.floats.take(len(obs) + 1)
	for {
		best := math.Inf(-1)
		for _, l := range leaves {
			best = max(best, l.top)
		}
		if math.IsInf(best, -1) {
			return nil, 0, fmt.Errorf("exact: no noise time in [%g, %g] explains the point: its likelihood "+
				"is 0 at all of them", q.a.Process.Prior.Min, q.a.Process.Prior.Max)
		}
		clear(sizes)
		errs := q.s.floats.take(len(leaves) * len(sizes))
		for i, l := range leaves {
			l.errors(obs, best, errs[i*len(sizes):(i+1)*len(sizes)], sizes)
		}
		kept, split, err := q.split(leaves, errs, sizes, max(tolerance, q.rounding(best)), cut)
		if err != nil {
			return nil, 0, err
		}
		leaves = kept
		if split {
			continue
		}
		var worst float64
		for j, size := range sizes {
			var total float64
			for i := range leaves {
				total += errs[i*len(sizes)+j]
			}
			if size > 0 {
				worst = max(worst, total/size)
			}
		}
		return leaves, worst, nil
	}
}

// split halves the leaves with an error above tol of the size of an average.
func (q *query) split(leaves []*leaf, errs, sizes []float64, tol, cut float64) ([]*leaf, bool, error) {
	kept := q.s.pointer.take(2 * len(leaves))[:0]
	for i, l := range leaves {
		coarse := false
		for j, e := range errs[i*len(sizes) : (i+1)*len(sizes)] {
			if !(sizes[j] <= math.MaxFloat64) {
				return nil, false, fmt.Errorf("exact: an average over t is %v between t = %g and %g, want a "+
					"finite one", sizes[j], l.sp.br.time(l.sp.lo), l.sp.br.time(l.sp.hi))
			}
			coarse = coarse || e > tol*sizes[j]
		}
		if !coarse {
			kept = append(kept, l)
			continue
		}
		if !l.sp.halvable() || len(kept) > mostLeaves {
			return nil, false, q.unresolved(l.sp)
		}
		for _, h := range l.sp.halves(q.s) {
			if o := q.open(h, l.list, cut); len(o.list) > 0 {
				kept = append(kept, q.leaf(h, o.list, cut))
			}
		}
	}
	split := len(kept) != len(leaves)
	for i := 0; !split && i < len(kept); i++ {
		split = kept[i] != leaves[i]
	}
	return kept, split, nil
}
