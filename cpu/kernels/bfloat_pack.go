package kernels

import "github.com/stillfield/stillfield/cpu/bf16"

// source is a matrix in memory: its element (r, c) is f[r·row + c·col], or that of h where f is nil.
type source struct {
	f        []float32
	h        []uint16
	row, col int
}

// at is the matrix that begins with element (r, c).
func (s source) at(r, c int) source { return s.skip(r*s.row + c*s.col) }

// skip is the matrix that begins n numbers further on.
func (s source) skip(n int) source {
	if s.f != nil {
		s.f = s.f[n:]
	} else {
		s.h = s.h[n:]
	}
	return s
}

// element is element (r, c), rounded.
func (s source) element(r, c int) uint16 {
	if s.f != nil {
		return bf16.Round(s.f[r*s.row+c*s.col])
	}
	return s.h[r*s.row+c*s.col]
}

// A turn transposes through a piece of memory of turnRows rows of turnWords words: pairs of k by rows of A,
// or columns of B by pairs of k.
const turnRows, turnWords = 32, 128

// run sets dst to the n numbers of s from the first on, which are contiguous.
func (b *bfloat) run(dst []uint16, s source, n int) {
	if s.f != nil {
		b.packer.Round(dst[:n], s.f[:n])
		return
	}
	copy(dst[:n], s.h[:n])
}

// couple sets dst to the words of rows r and r+1 of s, n contiguous numbers of each; the second is zeros
// where it is beyond the rows.
func (b *bfloat) couple(dst []uint32, s source, r, rows, n int) {
	x := s.at(r, 0)
	if r >= rows-1 {
		if s.f != nil {
			b.packer.Couple(dst[:n], x.f[:n], nil)
		} else {
			b.packer.Join(dst[:n], x.h[:n], nil)
		}
		return
	}
	if y := s.at(r+1, 0); s.f != nil {
		b.packer.Couple(dst[:n], x.f[:n], y.f[:n])
	} else {
		b.packer.Join(dst[:n], x.h[:n], y.h[:n])
	}
}

// packRows sets dst to rows of A of s [m, k], ld apart, with zeros from k to the end of a step. turn is
// memory of a turn.
func (b *bfloat) packRows(dst []uint32, ld int, s source, m, k int, turn []uint32) {
	steps, h := bf16.Steps(k), halves(dst)
	switch {
	case s.col == 1:
		for i := range m {
			row := h[2*i*ld:][:32*steps]
			b.run(row, s.at(i, 0), k)
			clear(row[k:])
		}
	case s.row == 1:
		t := source{f: s.f, h: s.h, row: s.col, col: 1} // its rows are contiguous
		for i := 0; i < m; i += turnWords {
			b.turnRows(dst[i*ld:], ld, t.at(0, i), min(turnWords, m-i), k, turn)
		}
	default:
		for i := range m {
			row := h[2*i*ld:][:32*steps]
			for q := range k {
				row[q] = s.element(i, q)
			}
			clear(row[k:])
		}
	}
}

// turnRows is packRows of the transpose of s [k, m], m ≤ turnWords.
func (b *bfloat) turnRows(dst []uint32, ld int, s source, m, k int, turn []uint32) {
	for step := range bf16.Steps(k) {
		for p := range 16 {
			row := turn[p*turnWords:][:m]
			if q := 32*step + 2*p; q < k {
				b.couple(row, s, q, k, m)
			} else {
				clear(row)
			}
		}
		b.arch.transpose(floats(dst[16*step:]), ld, floats(turn), turnWords, 16, m)
	}
}

// panels is a matrix B [k, n] to be packed: panel p has stride·p words before it.
type panels struct {
	source
	k, n, stride int
}

// pack packs steps s0 ≤ s < s1 of panels p0 ≤ p < p1 into dst. turn is memory of a turn.
func (b *bfloat) pack(dst []uint32, m panels, p0, p1, s0, s1 int, turn []uint32) {
	switch {
	case m.col == 1:
		for q := 32 * s0; q < 32*s1; q += 2 {
			for p := p0; p < p1; p++ {
				n := 0
				row := dst[p*m.stride+q/2*32:][:32]
				if q < m.k {
					n = min(32, m.n-32*p)
					b.couple(row, m.at(0, 32*p), q, m.k, n)
				}
				clear(row[n:])
			}
		}
	case m.row == 1:
		for p := p0; p < p1; p++ {
			for s := s0; s < s1; s += turnWords / 16 {
				b.turnPanel(dst[p*m.stride+s*stepWords:], m, 32*p, s, min(turnWords/16, s1-s), turn)
			}
		}
	default:
		for p := p0; p < p1; p++ {
			h := halves(dst[p*m.stride:])
			for q := 32 * s0; q < 32*s1; q++ {
				for j := range 32 {
					v := uint16(0)
					if q < m.k && 32*p+j < m.n {
						v = m.element(q, 32*p+j)
					}
					h[q/2*64+2*j+q%2] = v
				}
			}
		}
	}
}

// turnPanel packs steps of a panel, from step s on, of a matrix whose columns are contiguous; j is the
// panel's first column.
func (b *bfloat) turnPanel(dst []uint32, m panels, j, s, steps int, turn []uint32) {
	h := halves(turn)
	for c := range 32 {
		row, n := h[2*c*turnWords:][:32*steps], 0
		if j+c < m.n {
			n = min(32*steps, m.k-32*s)
			b.run(row, m.at(32*s, j+c), n)
		}
		clear(row[n:])
	}
	b.arch.transpose(floats(dst), 32, floats(turn), turnWords, 32, 16*steps)
}
