package cpu

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// gather is an argument that is not read in order.
type gather struct {
	place     int
	data      []float32
	view      plan.View
	runs      runs
	vec       *kernels.Vec
	invariant bool // it is the same in every block
}

// runs lists the runs of a view: the elements along its last axis, for the kernels that
// move such runs.
type runs struct {
	length  int     // elements of a run; 0 if there is no list
	offsets []int32 // of the first elements
}

// Runs shorter than leastRun, or more of them than mostRuns, are not listed.
const leastRun, mostRuns = 4, 1 << 20

// runsOf lists the runs of a view whose last axis has stride 1 or, for a run of one number
// repeated, stride 0.
func runsOf(v *plan.View) runs {
	k := v.Axes - 1
	length, n := v.Dims[k], v.Len()
	if s := v.Strides[k]; s != 0 && s != 1 || length < leastRun || n/length > mostRuns {
		return runs{}
	}
	r := runs{length: length, offsets: make([]int32, n/length)}
	for i := range r.offsets {
		e := v.At(i * length)
		if e > math.MaxInt32 {
			return runs{}
		}
		r.offsets[i] = int32(e)
	}
	return r
}

// of returns the offsets of the runs that are elements start … start+n−1, nil if those are
// not whole runs or not listed.
func (r *runs) of(start, n int) []int32 {
	if r.length == 0 || start%r.length != 0 || n%r.length != 0 {
		return nil
	}
	return r.offsets[start/r.length : (start+n)/r.length]
}

// period returns p if the view is its first p elements, which are in order, again and
// again; 0 if it is not of that form.
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

// fetch returns where elements start … start+n−1 of the argument lie in order: in the value
// itself if they are part of a run, else in scratch, to which it copies them. Of an
// invariant argument it copies room elements, enough for a block of any length.
func (g *gather) fetch(scratch unsafe.Pointer, start, n, room int) unsafe.Pointer {
	if g.invariant {
		n = room
		if g.period() > 1 {
			start = 0
		}
		n = min(n, g.view.Len())
	}
	w := newCursor(&g.view, start)
	if w.stride == 1 && w.run() >= n {
		return unsafe.Pointer(&g.data[w.at])
	}
	dst := unsafe.Slice((*float32)(scratch), n)
	if o := g.runs.of(start, n); o != nil {
		if w.stride == 1 {
			g.vec.Gather(dst, g.data, o, g.runs.length)
		} else {
			g.vec.Spread(dst, g.data, o, g.runs.length)
		}
		return scratch
	}
	for len(dst) > 0 {
		m := min(len(dst), w.run())
		d := dst[:m]
		switch w.stride {
		case 1:
			copy(d, g.data[w.at:])
		case 0:
			for i := range d {
				d[i] = g.data[w.at]
			}
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
	runs runs
	vec  *kernels.Vec
}

// store writes src to elements start, start+1, … of the view.
func (s *scatter) store(src []float32, start int) {
	if o := s.runs.of(start, len(src)); o != nil && s.view.Strides[s.view.Axes-1] == 1 {
		s.vec.Scatter(s.data, src, o, s.runs.length)
		return
	}
	w := newCursor(&s.view, start)
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

// cursor goes through the elements of a view, a run along its last axis at a time.
type cursor struct {
	view   *plan.View
	at     int               // the element of the value that it is at
	stride int               // of the last axis
	left   int               // elements left of the run
	index  [plan.MaxAxes]int // along the other axes
}

// newCursor is at element start of the view.
func newCursor(v *plan.View, start int) cursor {
	k := v.Axes - 1
	w := cursor{view: v, at: v.Off, stride: v.Strides[k]}
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

// run is how many elements are left of the run, the one it is at included.
func (w *cursor) run() int { return w.left }

// next goes to the start of the next run.
func (w *cursor) next() {
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
