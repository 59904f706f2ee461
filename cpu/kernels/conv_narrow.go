package kernels

// A convolution to very few channels leaves most lanes of a vector idle when the lanes
// are output channels. Here the lanes are pixels: the image is transposed to planes
// [C, H·W] in scratch memory. For one row r of the input, one column j of the filter and
// one output channel, the rows i of the filter are the rows of A, and each adds to
// another row of the output:
//
//	y[r−i+p, w] += Σ_c f[i,j,c]·x[c][r, w+j−p]   for every i
//
// Rows r ascend, so each output adds its taps in the order of the definition, and the
// result is the same to the bit as that of convJob.

// narrowChannels is the most output channels for which the lanes are pixels.
const narrowChannels = 4

// isNarrow says whether the lanes are pixels. There must be an image for each worker at
// least, since an image is not split.
func (s Conv) isNarrow(workers int) bool {
	return s.K <= narrowChannels && s.C >= 8 && s.W >= 8 && s.N >= workers
}

// narrowWorkspace counts the filter, and for each worker the planes of an image's input
// and output.
func (s Conv) narrowWorkspace() Workspace {
	return Workspace{Shared: s.Size * s.Size * s.C * s.K, Worker: (s.C + s.K) * s.H * s.W}
}

// narrowJob is a convJob with pixels in the lanes. Its filter is [K, Size, Size, C], as
// packNarrow or packNarrowFlipped has left it in e.shared.
type narrowJob struct {
	convJob
}

// packNarrow lays the filter [Size²,C,K] out as [K,Size²,C].
func (e *Engine) packNarrow(s Conv, f []float32) {
	rows := s.Size * s.Size * s.C
	for o := range s.K {
		for i := range rows {
			e.shared[o*rows+i] = f[i*s.K+o]
		}
	}
}

// packNarrowFlipped does the same for the gradient of the data; s is the shape of that
// convolution, and f [Size²,K,C] the filter of the forward direction.
func (e *Engine) packNarrowFlipped(s Conv, f []float32) {
	taps := s.Size * s.Size
	for o := range s.K {
		for i := range taps {
			copy(e.shared[(o*taps+i)*s.C:][:s.C], f[((taps-1-i)*s.K+o)*s.C:])
		}
	}
}

// Run does one image.
func (j *narrowJob) Run(worker, n int) {
	sc := &j.e.scratch[worker]
	pixels := j.H * j.W
	planes, out := sc.buf[:j.C*pixels], sc.buf[j.C*pixels:]
	j.e.arch.transpose(planes, pixels, j.x[n*pixels*j.C:], j.C, pixels, j.C)
	y := j.y[n*pixels*j.K:][:pixels*j.K]
	if j.K == 1 {
		out = y
	}
	j.begin(out, y)
	for o := range j.K {
		for r := range j.H {
			for tap := range j.Size {
				j.row(&sc.tile, planes, out[o*pixels:], o, r, tap)
			}
		}
	}
	if j.K > 1 {
		for o := range j.K {
			for i, v := range out[o*pixels:][:pixels] {
				y[i*j.K+o] = v
			}
		}
	}
}

// begin sets the planes out [K, H·W] to what the sums start from: y, the bias or 0.
func (j *narrowJob) begin(out, y []float32) {
	pixels := j.H * j.W
	for o := range j.K {
		plane := out[o*pixels:][:pixels]
		switch {
		case j.accumulate && j.K > 1:
			for i := range plane {
				plane[i] = y[i*j.K+o]
			}
		case j.accumulate:
		case j.bias != nil:
			for i := range plane {
				plane[i] = j.bias[o]
			}
		default:
			clear(plane)
		}
	}
}

// row adds row r of the input, times column tap of the filter of output channel o, to
// the output plane of that channel.
func (j *narrowJob) row(t *tile, planes, plane []float32, o, r, tap int) {
	a, edge := j.e.arch, (j.Size-1)/2
	// The rows i of the filter whose output row r−i+p exists, and the output columns w
	// whose input column w+tap−p exists.
	i0, i1 := max(0, r+edge-j.H+1), min(j.Size, r+edge+1)
	w0, w1 := max(0, edge-tap), min(j.W, j.W+edge-tap)
	*t = tile{kc: j.C, nseg: 1, rs: 4 * j.Size * j.C, cs: 4, ldb: 4 * j.H * j.W, ldc: -4 * j.W, ldi: -4 * j.W}
	for w := w0; w < w1; w += a.nr {
		t.n = min(a.nr, w1-w)
		t.a = at(j.filter, ((o*j.Size+i0)*j.Size+tap)*j.C)
		t.b = at(planes, r*j.W+w+tap-edge)
		t.c = at(plane, (r-i0+edge)*j.W+w)
		t.init = t.c
		a.pick(t.n).column(t, i1-i0)
	}
}
