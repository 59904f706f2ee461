package cpu

import (
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// narrow is an output of a chain that is stored in bfloat16.
type narrow struct {
	data    []uint16
	view    plan.View
	rounder kernels.Rounder
}

// store rounds src to elements start, start+1, … of the view.
func (s *narrow) store(src []float32, start int) {
	if s.view.Contiguous() {
		s.rounder.Round(s.data[s.view.Off+start:][:len(src)], src)
		return
	}
	w := newCursor(&s.view, start)
	for len(src) > 0 {
		m := min(len(src), w.run())
		if w.stride == 1 {
			s.rounder.Round(s.data[w.at:][:m], src[:m])
		} else {
			for i, e := 0, w.at; i < m; i, e = i+1, e+w.stride {
				s.rounder.Round(s.data[e:][:1], src[i:][:1])
			}
		}
		src = src[m:]
		w.next()
	}
}
