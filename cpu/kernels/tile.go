package kernels

import "unsafe"

// tile is one call of a micro-kernel:
//
//	C[i,j] = init[i,j] + Σ_{s<nseg} Σ_{k<kc} A[i; s,k]·B[s,k; j],   i < m, j < n
//
// Element k of segment s of row i of A is at a + i·rs + s·(kc·cs+agap) + k·cs, the
// row of B that it meets at b + s·(kc·ldb+bgap) + k·ldb. Strides and gaps are in
// bytes and may be negative or 0. init is nil for zeros. Operands that come from
// memory rather than a cache are fetched ahead steps of k before their use; that
// costs a little where they do not, and 0 leaves it to the machine.
type tile struct {
	kc, nseg     int
	a            unsafe.Pointer
	rs, cs, agap int
	b            unsafe.Pointer
	ldb, bgap    int
	init         unsafe.Pointer
	ldi          int
	c            unsafe.Pointer
	ldc          int
	m, n         int
	ahead        int
}

// form is a micro-kernel for tiles up to width columns; kernels[m] has m rows.
type form struct {
	width   int
	masked  bool // takes n < width too
	kernels []func(t *tile)
}

// maxRows and maxCols bound every form.
const maxRows, maxCols = 12, 32 // but wide

// arch is a level: its micro-kernels, and how it transposes into panels.
type arch struct {
	level Level
	mr    int // rows of the widest form
	nr    int // its columns: the width of a packed panel
	forms []form
	wide  *form // for a row or two of several panels of B in place; nil if there is none
	// packRows transposes packWide rows of 4·k4 floats, as pack512 does; nil if
	// there is only the Go form.
	packWide int
	packRows func(dst unsafe.Pointer, ldd int, src unsafe.Pointer, lds, k4 int)
}

// pick returns the cheapest form for n columns, n ≤ nr.
func (a *arch) pick(n int) *form {
	for i := range a.forms {
		if f := &a.forms[i]; n == f.width || n < f.width && f.masked {
			return f
		}
	}
	panic("kernels: no micro-kernel is that wide")
}

// goArch is the portable level.
var goArch = &arch{
	level: Go, mr: 4, nr: 8,
	forms: []form{{width: 8, masked: true, kernels: []func(t *tile){nil, tileGo, tileGo, tileGo, tileGo}}},
}

// rows is the most rows that the form computes at once.
func (f *form) rows() int { return len(f.kernels) - 1 }

// column computes the rows m×n block that t describes (m any number), n ≤ nr: as
// many tiles as it takes, evenly filled. It leaves t's a, init, c and m changed.
func (f *form) column(t *tile, m int) {
	mr := f.rows()
	count := (m + mr - 1) / mr
	a, init, c := t.a, t.init, t.c
	for q, i := 0, 0; q < count; q++ {
		next := m * (q + 1) / count
		t.m = next - i
		t.a = unsafe.Add(a, i*t.rs)
		t.c = unsafe.Add(c, i*t.ldc)
		if init != nil {
			t.init = unsafe.Add(init, i*t.ldi)
		}
		f.kernels[t.m](t)
		i = next
	}
}

// at is the address of element i of s.
func at(s []float32, i int) unsafe.Pointer { return unsafe.Pointer(&s[i]) }
