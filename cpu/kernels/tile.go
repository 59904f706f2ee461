package kernels

import "unsafe"

// tile is the argument of a micro-kernel, which computes
//
//	C[i,j] = init[i,j] + Σ_{s<nseg} Σ_{k<kc} A[i; s,k]·B[s,k; j],   i < m, j < n
//
// The sum runs over nseg segments of kc steps each. For step k of segment s, the
// element of row i of A is at a + i·rs + s·(kc·cs+agap) + k·cs, and the row of B at
// b + s·(kc·ldb+bgap) + k·ldb. Strides and gaps are in bytes and may be negative or
// 0. The assembly reads the fields by these names.
type tile struct {
	kc, nseg     int
	a            unsafe.Pointer
	rs, cs, agap int // from row to row, from k to k, and beyond kc·cs to the next segment
	b            unsafe.Pointer
	ldb, bgap    int            // from k to k, and beyond kc·ldb to the next segment
	init         unsafe.Pointer // nil for zeros
	ldi          int            // from row to row of init
	c            unsafe.Pointer
	ldc          int // from row to row of C
	m, n         int
	// ahead is how many steps of k before its use an operand is fetched to the cache.
	// That pays for operands that lie in memory and costs a little for others; with 0
	// the processor's own prefetching is left alone.
	ahead int
}

// form is a micro-kernel for tiles of up to width columns; kernels[m] computes m rows.
type form struct {
	width   int
	masked  bool // it computes any n ≤ width columns, not width alone
	kernels []func(t *tile)
}

// maxRows and maxCols are the most rows and columns of any form but the wide ones.
const maxRows, maxCols = 12, 32

// arch is what products need of a level: its micro-kernels, and how to transpose
// rows into panels.
type arch struct {
	level Level
	mr    int // rows of the widest form
	nr    int // its columns: the width of a packed panel
	forms []form
	wide  *form // for one or two rows and several panels of B read in place; may be nil
	// packRows transposes packWide rows of 4·k4 floats, as pack512 does. It is nil
	// where there is no assembly.
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

// column computes m rows, any number, of the t.n columns that t describes: in as few
// tiles as possible, which have even numbers of rows. It changes t's a, init, c and m.
func (f *form) column(t *tile, m int) {
	mr := f.rows()
	count := ceilDiv(m, mr)
	a, init, c := t.a, t.init, t.c
	for q, i := 0, 0; q < count; q++ {
		next := splitPoint(0, m, q+1, count)
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
