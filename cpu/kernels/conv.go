package kernels

// Conv is the shape of a convolution with stride 1 whose output is as large as its
// input, in NHWC:
//
//	y[n,h,w,o] = bias[o] + Σ_{i,j,c} x[n, h+i−p, w+j−p, c]·f[i,j,c,o],   p = (Size−1)/2
//
// x is [N,H,W,C], the filter f [Size,Size,C,K], y [N,H,W,K]. A tap (i, j) outside the
// image is left out of the sum (so an infinite weight there makes no NaN).
//
// Each of the three directions costs 2·N·H·W·Size²·C·K FLOP, less the taps outside.
type Conv struct {
	N, H, W, C, K int
	Size          int // 1, 3, 5 or 7
}

// Flops is the number of floating-point operations of one direction, the taps outside
// the image included, as other libraries count them.
func (s Conv) Flops() float64 {
	pixels := float64(s.N) * float64(s.H) * float64(s.W)
	weights := float64(s.Size*s.Size) * float64(s.C) * float64(s.K)
	return 2 * pixels * weights
}

// check panics unless every element that the convolution touches exists.
func (s Conv) check(x, f, y int) {
	if s.N < 0 || s.H < 1 || s.W < 1 || s.C < 1 || s.K < 1 {
		panic("kernels: Conv: a dimension is not positive")
	}
	if s.Size < 1 || s.Size > 7 || s.Size%2 == 0 {
		panic("kernels: Conv: Size is not 1, 3, 5 or 7")
	}
	pixels := s.N * s.H * s.W
	if x < pixels*s.C || y < pixels*s.K || f < s.Size*s.Size*s.C*s.K {
		panic("kernels: Conv: an operand is shorter than its shape")
	}
}

// swapped is the shape of the gradient of the data, which is a convolution too: of dy
// with the filter flipped in both directions and its channels exchanged.
func (s Conv) swapped() Conv {
	s.C, s.K = s.K, s.C
	return s
}

// ConvWorkspace is scratch memory enough for each of the three directions.
func (e *Engine) ConvWorkspace(s Conv) Workspace {
	w := e.forwardWorkspace(s).Max(e.forwardWorkspace(s.swapped())).Max(e.filterWorkspace(s))
	if e.bfloat != nil {
		return e.bfloatConvWorkspace(s, w)
	}
	return w
}

// Filter is the weights of a convolution: F and, at precision BFloat16, where Packed is not nil, what a
// Packing has made of them.
type Filter struct {
	F      []float32
	Packed []uint32
}

// ConvForward sets y to the convolution of x with f, or adds it to y when accumulate
// is set. bias [K] may be nil, and must be when accumulate is set.
func (e *Engine) ConvForward(s Conv, y []float32, x Numbers, filter Filter, bias []float32, accumulate bool) {
	f := filter.F
	s.check(x.Len(), len(f), len(y))
	if accumulate && bias != nil {
		panic("kernels: ConvForward: both bias and accumulate")
	}
	if bias != nil && len(bias) < s.K {
		panic("kernels: ConvForward: bias is shorter than K")
	}
	if s.N == 0 {
		return
	}
	if e.bfloat != nil && !s.isThin() {
		e.bfloatConvolve(bfloatConv{
			Conv: s, y: y, x: x.source(0, 0), f: f, filter: filter.Packed, bias: bias, accumulate: accumulate,
		})
		return
	}
	e.Reserve(e.forwardWorkspace(s))
	in, f := e.contracted(e.forwardWorkspace(s), x, Numbers{F: f})
	if s.isNarrow(e.pool.Workers()) {
		e.packNarrow(s, f)
	} else {
		e.packFilter(s, f)
	}
	e.convolve(s, y, in, bias, accumulate)
}

// ConvData is the gradient of the data. It sets dx to
//
//	dx[n,h,w,c] = Σ_{i,j,o} dy[n, h−i+p, w−j+p, o]·f[i,j,c,o]
//
// or adds that to dx when accumulate is set.
func (e *Engine) ConvData(s Conv, dx []float32, dy Numbers, filter Filter, accumulate bool) {
	f := filter.F
	s.check(len(dx), len(f), dy.Len())
	if s.N == 0 {
		return
	}
	t := s.swapped()
	if e.bfloat != nil && !s.isThin() {
		e.bfloatConvolve(bfloatConv{
			Conv: t, y: dx, x: dy.source(0, 0), f: f, filter: filter.Packed, flipped: true,
			accumulate: accumulate,
		})
		return
	}
	e.Reserve(e.forwardWorkspace(t))
	in, f := e.contracted(e.forwardWorkspace(t), dy, Numbers{F: f})
	if t.isNarrow(e.pool.Workers()) {
		e.packNarrowFlipped(t, f)
	} else {
		e.packFlipped(t, f)
	}
	e.convolve(t, dx, in, nil, accumulate)
}
