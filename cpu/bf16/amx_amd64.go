package bf16

import "unsafe"

// What the tiles of AMX hold at most: rows, and in a row words of 32 bits.
const tileRows, tileWords = 16, 16

// tileConfig is what LDTILECFG reads: the palette, at 16 the bytes of a row of each of 8 tiles, at 48 their
// rows.
type tileConfig [64]byte

// shape gives a tile rows and words; none of one, and the tile is not there.
func (c *tileConfig) shape(tile, rows, words int) {
	if rows > 0 && words > 0 {
		c[16+2*tile], c[48+tile] = byte(4*words), byte(rows)
	}
}

// blocks configures tiles for 2×2 tiles of C of r0 + r1 rows and n columns and for what is smaller: C in 0 to
// 3, A in 4 and 5, B in 6 and 7. Shapes must agree or TDPBF16PS is undefined, so every edge has its own.
func (c *tileConfig) blocks(r0, r1, n int) {
	*c = tileConfig{1}
	for i, r := range [2]int{r0, r1} {
		c.shape(4+i, r, tileWords)
		c.shape(6+i, tileRows, min(tileWords, n-tileWords*i))
		for j := range 2 {
			c.shape(2*i+j, r, min(tileWords, n-tileWords*j))
		}
	}
}

// thin configures tiles for 1×4 tiles of C of r rows: C in 0 to 3, A in 4, B in 5 to 7.
func (c *tileConfig) thin(r int) {
	*c = tileConfig{1}
	for t := range 5 {
		c.shape(t, r, tileWords)
	}
	for t := 5; t < 8; t++ {
		c.shape(t, tileRows, tileWords)
	}
}

// amxCall is the argument of the kernels by AMX, which compute some rows of a number of panels. A kernel
// configures the tiles, computes and releases them: no tile lives from one call to the next, since the
// goroutine may be on another thread by then. Strides and offsets are in bytes; the offsets that begin with
// at are what a kernel has advanced by, 0 at first.
type amxCall struct {
	config                  tileConfig
	a                       unsafe.Pointer
	rowA, gapA              int // from row to row, and from the end of a segment to the next
	next, gapNext           int // to the second 16 rows of A, or in 1×4 the second panel of B, and its gap
	segments, steps, panels int
	b                       unsafe.Pointer
	panelB, atB             int            // from panel to panel, or in 1×4 from pair to pair
	init                    unsafe.Pointer // nil for zeros
	rowInit, nextInit       int
	moveInit, atInit        int // from panel to panel
	c                       unsafe.Pointer
	rowC, nextC, atC        int
}

// The kernels, by rows × columns of tiles of C.

//go:noescape
func amx2x2(t *amxCall)

//go:noescape
func amx2x1(t *amxCall)

//go:noescape
func amx1x4(t *amxCall)

//go:noescape
func amx1x2(t *amxCall)

//go:noescape
func amx1x1(t *amxCall)

// amxBlock computes a block by TDPBF16PS, two tiles of rows at a time: of one line where it has more than
// one tile, else of two lines.
func amxBlock(b *Block) {
	for i := 0; i < b.M; i += 2 * tileRows {
		r := min(2*tileRows, b.M-i)
		for l := 0; l < b.Lines; {
			switch {
			case r > tileRows:
				b.amxRows(l, i, tileRows, r-tileRows, tileRows*b.RowA, tileRows*b.RowC)
				l++
			case l+1 < b.Lines:
				b.amxRows(l, i, r, r, b.LineA, b.LineC)
				l += 2
			default:
				b.amxRows(l, i, r, 0, 0, 0)
				l++
			}
		}
	}
}

// amxRows computes r0 rows from row i of line l on, and r1 rows that lie nextA and nextC further on, of all
// columns: whole panels in one call, or if there is one tile of rows in pairs of panels; then what is left.
func (b *Block) amxRows(l, i, r0, r1, nextA, nextC int) {
	t := &b.amx
	gap := b.SegmentA - 2*StepK*b.Steps
	*t = amxCall{
		a: unsafe.Add(b.A, l*b.LineA+i*b.RowA), rowA: b.RowA, gapA: gap, next: nextA, gapNext: gap,
		segments: b.Segments, steps: b.Steps, b: b.B, panelB: b.PanelB,
		c: unsafe.Add(b.C, l*b.LineC+i*b.RowC), rowC: b.RowC, nextC: nextC,
	}
	switch {
	case b.Add:
		t.init, t.rowInit, t.nextInit, t.moveInit = t.c, t.rowC, nextC, 4*PanelColumns
	case b.Bias != nil:
		t.init, t.moveInit = b.Bias, 4*PanelColumns
	}
	whole, rest := b.N/PanelColumns, b.N%PanelColumns
	if r1 == 0 && whole >= 2 {
		u := *t // the rest begins anew
		t.config.thin(r0)
		t.next, t.gapNext, t.panels = b.PanelB, 0, whole/2
		t.panelB, t.moveInit = 2*t.panelB, 2*t.moveInit
		amx1x4(t)
		u.atB, u.atInit, u.atC = t.atB, t.atInit, t.atC
		*t = u
		whole %= 2
	}
	if whole > 0 {
		t.panels = whole
		t.run(r0, r1, PanelColumns)
	}
	if rest > 0 {
		t.panels = 1
		t.run(r0, r1, rest)
	}
}

// run computes the next t.panels panels of n columns.
func (t *amxCall) run(r0, r1, n int) {
	t.config.blocks(r0, r1, n)
	switch {
	case r1 > 0 && n > tileWords:
		amx2x2(t)
	case r1 > 0:
		amx2x1(t)
	case n > tileWords:
		amx1x2(t)
	default:
		amx1x1(t)
	}
}
