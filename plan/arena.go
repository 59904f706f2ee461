package plan

import "slices"

// arena is the memory of temporaries while they are placed: which of its elements
// are free. To take or to release costs a look at the gaps, however many values
// lie between them.
type arena struct {
	size  int    // elements that have been taken at one time or another
	gaps  []gap  // free ones below size, in order, no two side by side
	moved []bool // by value: another has its place now
	looks int    // at gaps
}

// gap is a run of free elements.
type gap struct{ off, len int }

// take returns the first n elements that are free side by side.
func (a *arena) take(n int) (off int) {
	for k := range a.gaps {
		a.looks++
		g := &a.gaps[k]
		if g.len < n {
			continue
		}
		off = g.off
		g.off, g.len = g.off+n, g.len-n
		if g.len == 0 {
			a.gaps = slices.Delete(a.gaps, k, k+1)
		}
		return off
	}
	off = a.size
	if k := len(a.gaps) - 1; k >= 0 && a.gaps[k].off+a.gaps[k].len == a.size {
		off = a.gaps[k].off // the last gap grows
		a.gaps = a.gaps[:k]
	}
	a.size = off + n
	return off
}

// release gives n elements from off on back.
func (a *arena) release(off, n int) {
	k, _ := slices.BinarySearchFunc(a.gaps, off, func(g gap, off int) int { return g.off - off })
	a.gaps = slices.Insert(a.gaps, k, gap{off, n})
	if k+1 < len(a.gaps) && a.gaps[k+1].off == off+n {
		a.gaps[k].len += a.gaps[k+1].len
		a.gaps = slices.Delete(a.gaps, k+1, k+2)
	}
	if k > 0 && a.gaps[k-1].off+a.gaps[k-1].len == off {
		a.gaps[k-1].len += a.gaps[k].len
		a.gaps = slices.Delete(a.gaps, k, k+1)
	}
}
