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

// round sets rows of n numbers, ld apart in dst, to those of s, whose rows are contiguous.
func (b *bfloat) round(dst []uint16, ld int, s source, n, rows int) {
	switch {
	case s.f == nil:
		for r := range rows {
			copy(dst[r*ld:][:n], s.h[r*s.row:])
		}
	case s.row == n && ld == n:
		b.packer.RoundRows(dst, s.f, rows*n, 1, 0, 0)
	default:
		b.packer.RoundRows(dst, s.f, n, rows, ld, s.row)
	}
}

// couple makes the words of n columns of rows of s, which are contiguous.
func (b *bfloat) couple(w bf16.Words, s source, n, rows int) {
	if s.f != nil {
		b.packer.Couple(w, s.f, n, rows, s.row)
	} else {
		b.packer.Join(w, s.h, n, rows, s.row)
	}
}

// packRows sets dst to rows of A of s [m, k], ld words apart, with zeros from k to the end of a step. turn is
// memory of a turn.
func (b *bfloat) packRows(dst []uint32, ld int, s source, m, k int, turn []uint32) {
	end, h := bf16.StepK*bf16.Steps(k), halves(dst)
	if s.row == 1 && s.col != 1 {
		t := source{f: s.f, h: s.h, row: s.col, col: 1} // its rows are contiguous
		for i := 0; i < m; i += turnWords {
			b.turnRows(dst[i*ld:], ld, t.at(0, i), min(turnWords, m-i), k, turn)
		}
		return
	}
	if s.col == 1 {
		b.round(h, 2*ld, s, k, m)
	}
	for i := range m {
		row := h[2*i*ld:][:end]
		for q := 0; s.col != 1 && q < k; q++ {
			row[q] = s.element(i, q)
		}
		clear(row[k:])
	}
}

// turnRows is packRows of the transpose of s [k, m], m ≤ turnWords.
func (b *bfloat) turnRows(dst []uint32, ld int, s source, m, k int, turn []uint32) {
	for q := 0; q < k; q += bf16.StepK {
		rows := min(bf16.StepK, k-q)
		b.couple(bf16.Words{Dst: turn, Pair: turnWords, Panel: bf16.PanelColumns}, s.at(q, 0), m, rows)
		for p := (rows + 1) / 2; p < bf16.StepK/2; p++ {
			clear(turn[p*turnWords:][:m])
		}
		b.arch.transpose(floats(dst[q/2:]), ld, floats(turn), turnWords, bf16.StepK/2, m)
	}
}

// panels is a matrix B [k, n] to be packed: panel p has stride·p words before it.
type panels struct {
	source
	k, n, stride int
}

// pack packs steps s0 ≤ s < s1 of panels p0 ≤ p < p1 into dst. turn is memory of a turn.
func (b *bfloat) pack(dst []uint32, m panels, p0, p1, s0, s1 int, turn []uint32) {
	switch k0 := bf16.StepK * s0; {
	case m.col == 1:
		rows := min(bf16.StepK*s1, m.k) - k0
		w := bf16.Words{Dst: dst[p0*m.stride+s0*stepWords:], Pair: bf16.PanelColumns, Panel: m.stride}
		b.couple(w, m.at(k0, 32*p0), min(m.n, 32*p1)-32*p0, rows)
		for p := range p1 - p0 {
			clear(w.Dst[p*m.stride:][(rows+1)/2*bf16.PanelColumns : (s1-s0)*stepWords])
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
			for q := k0; q < bf16.StepK*s1; q++ {
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
	h, end := halves(turn), bf16.StepK*steps
	columns, n := min(32, m.n-j), min(end, m.k-bf16.StepK*s)
	from := m.at(bf16.StepK*s, j)
	from.row, from.col = m.col, 1
	b.round(h, 2*turnWords, from, n, columns)
	for c := range 32 {
		if row := h[2*c*turnWords:][:end]; c < columns {
			clear(row[n:])
		} else {
			clear(row)
		}
	}
	b.arch.transpose(floats(dst), 32, floats(turn), turnWords, 32, end/2)
}
