package kernels

// When one side of a filter has a single channel, its gradient is one row (or column)
// of weights for each tap, too few for a tile. The rows of A are then the columns of the
// filter, which lie next to each other in the image S of one channel,
//
//	df[i,j,:] = Σ_{h,w} S[h ± (i−p), w ± (j−p)]·L[h,w,:]
//
// with + when S is x (C = 1, and L is dy) and − when S is dy (K = 1, and L is x).
// Columns w at the edge, where some j are outside the image, are tiles of their own.

// hasSingleChannel says whether one side has a single channel.
func (s Conv) hasSingleChannel() bool { return s.C == 1 || s.K == 1 }

// singleChannelRow adds what rows h0 ≤ h < h1 of image n of L give to row i of the
// filter, dst [Size, lanes] with lanes the channels of L, or sets dst to it.
func (j *filterJob) singleChannelRow(t *tile, dst []float32, n, h0, h1, i int, set bool) {
	small, large, lanes, sign := j.x, j.dy, j.K, 1
	if j.K == 1 {
		small, large, lanes, sign = j.dy, j.x, j.C, -1
	}
	if set {
		clear(dst[:j.Size*lanes])
	}
	edge := (j.Size - 1) / 2
	shift := sign * (i - edge)
	h0, h1 = max(h0, -shift), min(h1, j.H-shift)
	if h0 >= h1 {
		return
	}
	t.rs, t.cs, t.ldb, t.ldc, t.ldi = 4*sign, 4, 4*lanes, 4*lanes, 4*lanes
	t.nseg = h1 - h0
	for w := 0; w < j.W; w += t.kc {
		t.kc = 1
		if w == edge && j.W > 2*edge {
			t.kc = j.W - 2*edge
		}
		// The columns j0 ≤ j < j1 of the filter for which w ± (j−p) is inside the image.
		j0, j1 := max(0, edge-w), min(j.Size, j.W+edge-w)
		if t.kc > 1 {
			j0, j1 = 0, j.Size
		} else if sign < 0 {
			j0, j1 = max(0, w+edge-j.W+1), min(j.Size, w+edge+1)
		}
		t.agap, t.bgap = 4*(j.W-t.kc), 4*lanes*(j.W-t.kc)
		for o := 0; o < lanes; o += j.e.arch.nr {
			t.n = min(j.e.arch.nr, lanes-o)
			t.a = at(small, (n*j.H+h0+shift)*j.W+w+sign*(j0-edge))
			t.b = at(large, ((n*j.H+h0)*j.W+w)*lanes+o)
			t.c = at(dst, j0*lanes+o)
			t.init = t.c
			j.e.arch.pick(t.n).column(t, j1-j0)
		}
	}
}
