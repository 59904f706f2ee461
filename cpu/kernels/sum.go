package kernels

// sumJob adds matrices of rows × cols elements, which lie stride elements apart:
//
//	dst[i,j] = init + src[0][i,j] + src[1][i,j] + …
//
// in this order, where init is dst itself if add is set, else 0. Rows of dst are ld
// elements apart. It runs as the product of a row of ones with the matrices.
//
// It reads and writes parts + 2 floats for each element of dst.
type sumJob struct {
	e          *Engine
	dst        []float32
	ld         int
	rows, cols int
	src        []float32
	stride     int
	parts      int
	add        bool
}

// sumChunk is the most elements that an item adds up.
const sumChunk = 8192

// one is the row of ones: it is read again and again with stride 0.
var one = []float32{1}

// run adds everything.
func (s *sumJob) run() {
	if s.ld == s.cols || s.rows == 1 { // no gaps: one long row
		s.rows, s.cols = 1, s.rows*s.cols
	}
	s.e.pool.Run(s, s.rows*ceilDiv(s.cols, sumChunk))
	*s = sumJob{}
}

// Run adds one piece of one row.
func (s *sumJob) Run(worker, item int) {
	across := ceilDiv(s.cols, sumChunk)
	row, n := item/across, item%across
	a, t := s.e.arch, &s.e.scratch[worker].tile
	*t = tile{kc: s.parts, nseg: 1, a: at(one, 0), ldb: 4 * s.stride}
	for j, end := n*sumChunk, min((n+1)*sumChunk, s.cols); j < end; j += a.nr {
		t.b = at(s.src, row*s.cols+j)
		t.c = at(s.dst, row*s.ld+j)
		t.n = min(a.nr, end-j)
		if s.add {
			t.init = t.c
		}
		a.pick(t.n).column(t, 1)
	}
}
