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

// amxCall is the argument of the kernels by AMX, which compute some rows of a number of panels, in each of a
// number of lines. A kernel configures the tiles, computes and releases them: no tile lives from one call to
// the next, since the goroutine may be on another thread by then. Strides and offsets are in bytes; the
// offsets that begin with at are what a kernel advances, by those that begin with line from the end of a
// line to the next.
type amxCall struct {
	config            tileConfig
	a                 unsafe.Pointer
	rowA, gapA        int // from row to row, and from the end of a segment to the next
	next, gapNext     int // to the second 16 rows of A, or in 1×4 the second panel of B, and its gap
	segments, steps   int
	panels, again     int // to do in this line, or in 1×4 pairs of them; and in each line after it
	lines             int // to do, this one among them
	b                 unsafe.Pointer
	panelB            int            // from panel to panel, or in 1×4 from pair to pair
	init              unsafe.Pointer // nil for zeros
	rowInit, nextInit int
	moveInit          int // from panel to panel, or from pair to pair
	c                 unsafe.Pointer
	rowC, nextC       int
	atA, atB, atC     int
	atInit            int
	lineA, lineB      int
	lineC, lineInit   int
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

// callSteps is about how many steps of panels a call does, if it has several lines: some 90 µs, for which
// Go's collector may have to wait.
var callSteps = 4096

// amxBlock computes a block by TDPBF16PS, two tiles of rows at a time: of one line where it has more than
// one tile, else of two lines.
func amxBlock(b *Block) {
	group := max(1, callSteps/(Panels(b.N)*b.Steps*b.Segments))
	for i := 0; i < b.M; i += 2 * tileRows {
		r := min(2*tileRows, b.M-i)
		r0, r1, step := min(r, tileRows), r-tileRows, 1
		if r <= tileRows {
			r1, step = r, 2
		}
		count := b.Lines / step
		for first := 0; first < count; first += group {
			b.amxRows(amxLines{step * first, min(group, count-first), step}, i, r0, r1)
		}
		if step*count < b.Lines {
			b.amxRows(amxLines{b.Lines - 1, 1, 1}, i, r0, 0)
		}
	}
}

// amxLines are count lines from first on, each step after the last.
type amxLines struct{ first, count, step int }

// amxRows computes r0 rows from row i of each of the lines on, and r1 rows that are 16 rows further on, or in
// the next line where the lines are every other one: of all columns, whole panels in one call, or if there is
// one tile of rows in pairs of panels; then what is left.
func (b *Block) amxRows(l amxLines, i, r0, r1 int) {
	t := &b.amx
	gap := b.SegmentA - 2*StepK*b.Steps
	nextA, nextC := tileRows*b.RowA, tileRows*b.RowC
	if l.step == 2 {
		nextA, nextC = b.LineA, b.LineC
	}
	*t = amxCall{
		a: unsafe.Add(b.A, l.first*b.LineA+i*b.RowA), rowA: b.RowA, gapA: gap, next: nextA, gapNext: gap,
		segments: b.Segments, steps: b.Steps, b: b.B,
		c: unsafe.Add(b.C, l.first*b.LineC+i*b.RowC), rowC: b.RowC, nextC: nextC,
	}
	switch {
	case b.Add:
		t.init, t.rowInit, t.nextInit = t.c, t.rowC, nextC
	case b.Bias != nil:
		t.init = b.Bias
	}
	whole, rest := b.N/PanelColumns, b.N%PanelColumns
	done := 0
	if r1 == 0 && whole >= 2 {
		t.config.thin(r0)
		t.next, t.gapNext = b.PanelB, 0
		b.amxColumns(l, 0, whole/2, 2)
		amx1x4(t)
		t.next, t.gapNext, done = nextA, gap, whole&^1
	}
	if done < whole {
		b.amxColumns(l, done, whole-done, 1)
		t.run(r0, r1, PanelColumns)
	}
	if rest > 0 {
		b.amxColumns(l, whole, 1, 1)
		t.run(r0, r1, rest)
	}
}

// amxColumns has the next kernel compute, of each line, count times width panels from panel first on.
func (b *Block) amxColumns(l amxLines, first, count, width int) {
	const panelC = 4 * PanelColumns
	t := &b.amx
	t.panels, t.again, t.lines = count, count, l.count
	t.panelB, t.moveInit = width*b.PanelB, 0
	t.atA, t.atB, t.atC, t.atInit = 0, first*b.PanelB, first*panelC, 0
	all := count * width * panelC
	t.lineA, t.lineB, t.lineC = l.step*b.LineA, -count*t.panelB, l.step*b.LineC-all
	if t.init != nil {
		t.moveInit, t.atInit, t.lineInit = width*panelC, t.atC, -all
	}
	if b.Add {
		t.lineInit = t.lineC
	}
}

// run calls the kernel for blocks of r0 + r1 rows and n columns.
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
