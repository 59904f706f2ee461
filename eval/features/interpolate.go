package features

import (
	"math"

	"github.com/stillfield/stillfield/datasets"
)

// interpolator brings images to another size by the four nearest pixels, which aliases where they
// shrink: what the first programs that computed FID did. New pixel i lies at old pixel
//
//	(i + ½)·s − ½, at least 0   centred, as PyTorch's interpolate without align_corners has it
//	i·s                         else, as resize_bilinear of TensorFlow 1 has it
//
// for s old pixels a new one.
func interpolator(centred bool, from, to datasets.Shape) *resizer {
	manner := "bilinear of TensorFlow 1, aliased"
	if centred {
		manner = "bilinear of PyTorch, aliased"
	}
	return &resizer{from: from, to: to, manner: manner, across: nearest(centred, from.W, to.W),
		down: nearest(centred, from.H, to.H)}
}

// nearest are the two old pixels around each new one.
func nearest(centred bool, from, to int) []taps {
	scale := float64(from) / float64(to)
	all := make([]taps, to)
	for i := range all {
		at := float64(i) * scale
		if centred {
			at = max(0, (float64(i)+.5)*scale-.5)
		}
		first := min(int(at), from-1)
		all[i] = taps{first, []float64{1}}
		if part := at - math.Floor(at); first+1 < from {
			all[i].weight = []float64{1 - part, part}
		}
	}
	return all
}
