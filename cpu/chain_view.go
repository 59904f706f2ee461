package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernel"
	"github.com/stillfield/stillfield/plan"
)

// gather is an argument that is not read in order.
type gather struct {
	place  int
	data   []float32
	view   plan.View
	fill   kernel.Block
	steady bool // the same in every block of an item
}

// period returns p if the view repeats its first p elements, in order, to the
// end; 0 if it is not of that form.
func (g *gather) period() int {
	v := &g.view
	switch {
	case v.Axes == 1 && v.Strides[0] == 0:
		return 1
	case v.Axes == 2 && v.Strides[0] == 0 && v.Strides[1] == 1:
		return v.Dims[1]
	}
	return 0
}

// longRun is the length from which blocks are cut at the ends of a run, so that
// it is read where it lies or filled at once.
const longRun = 256

// runLength returns the shortest run of an argument that is long enough to cut
// the blocks by, 0 if there is none.
func (c *chain) runLength() int {
	best := 0
	for i := range c.gather {
		v := &c.gather[i].view
		d, s := v.Dims[v.Axes-1], v.Strides[v.Axes-1]
		if v.Axes > 1 && d >= longRun && (s == 0 || s == 1) && (best == 0 || d < best) {
			best = d
		}
	}
	return best
}

// period returns the least common multiple of the arguments' periods, 0 if it
// is longer than a block or there is nothing periodic.
func (c *chain) period(block int) int {
	l := 1
	for i := range c.gather {
		if p := c.gather[i].period(); p > 0 {
			a, b := l, p
			for b > 0 {
				a, b = b, a%b
			}
			if l = l / a * p; l > block {
				return 0
			}
		}
	}
	if l == 1 {
		return 0
	}
	return l
}

// fetch returns where elements start … start+n−1 of the argument lie: in place
// if they are a run, else in scratch of which it writes n (room, if it is the
// same in every block).
func (g *gather) fetch(scratch unsafe.Pointer, start, n, room int) unsafe.Pointer {
	if g.steady {
		n = room
		if g.period() > 1 {
			start = 0
		}
		n = min(n, g.view.Len())
	}
	w := newWalk(&g.view, start)
	if w.stride == 1 && w.run() >= n {
		return unsafe.Pointer(&g.data[w.at])
	}
	dst := unsafe.Slice((*float32)(scratch), n)
	for len(dst) > 0 {
		m := min(len(dst), w.run())
		d := dst[:m]
		switch w.stride {
		case 1:
			copy(d, g.data[w.at:])
			m = w.repeat(dst, m)
		case 0:
			g.fill(&d[0], nil, nil, m, g.data[w.at])
		default:
			for i, e := 0, w.at; i < m; i, e = i+1, e+w.stride {
				d[i] = g.data[e]
			}
		}
		dst = dst[m:]
		w.next()
	}
	return scratch
}

// scatter is an output that is not stored in order.
type scatter struct {
	data []float32
	view plan.View
}

func newScatter(data []float32, v plan.View) *scatter { return &scatter{data, v} }

// store writes src to elements start, start+1, … of the view.
func (s *scatter) store(src []float32, start int) {
	w := newWalk(&s.view, start)
	for len(src) > 0 {
		m := min(len(src), w.run())
		if w.stride == 1 {
			copy(s.data[w.at:], src[:m])
		} else {
			for i, e := 0, w.at; i < m; i, e = i+1, e+w.stride {
				s.data[e] = src[i]
			}
		}
		src = src[m:]
		w.next()
	}
}

// walk goes through a view run by run, a run being what is left of its last axis.
type walk struct {
	view   *plan.View
	at     int // element of the value
	stride int // of the last axis
	left   int
	index  [plan.MaxAxes]int // of the outer axes
}

func newWalk(v *plan.View, start int) walk {
	k := v.Axes - 1
	w := walk{view: v, at: v.Off, stride: v.Strides[k]}
	w.left = v.Dims[k] - start%v.Dims[k]
	w.at += start % v.Dims[k] * v.Strides[k]
	start /= v.Dims[k]
	for k--; k >= 0; k-- {
		w.index[k] = start % v.Dims[k]
		w.at += w.index[k] * v.Strides[k]
		start /= v.Dims[k]
	}
	return w
}

// run is how many elements are left of the run.
func (w *walk) run() int { return w.left }

// next goes to the start of the next run.
func (w *walk) next() {
	v, k := w.view, w.view.Axes-1
	w.at -= (v.Dims[k] - w.left) * w.stride
	w.left = v.Dims[k]
	for k--; k >= 0; k-- {
		w.index[k]++
		w.at += v.Strides[k]
		if w.index[k] < v.Dims[k] {
			return
		}
		w.at -= w.index[k] * v.Strides[k]
		w.index[k] = 0
	}
}

// repeat is called when the first m elements of dst are a run. If it was a whole
// one and is repeated by the axis outside, the others follow it, and the walk
// goes to the last; the length of them all is returned.
func (w *walk) repeat(dst []float32, m int) int {
	k := w.view.Axes - 1
	if k == 0 || w.view.Strides[k-1] != 0 || m != w.view.Dims[k] {
		return m
	}
	times := min(w.view.Dims[k-1]-w.index[k-1], len(dst)/m)
	w.index[k-1] += times - 1
	for n := m; n < times*m; n *= 2 {
		copy(dst[n:times*m], dst[:n])
	}
	return times * m
}
