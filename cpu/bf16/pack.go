package bf16

import "unsafe"

// A Packer rounds float32 and makes words: pairs of bfloat16, the first in the lower half. Every packer
// makes the same bits.
type Packer struct {
	round  roundFunc
	couple pairFunc
	join   pairFunc
	settle func(dst, src unsafe.Pointer, n int) // of a multiple of 8; may be nil
}

// PackerOf is the packer of a form that Forms lists.
func PackerOf(f Form) *Packer { return packerOf(f) }

// Round sets dst to src rounded; dst is as long as src.
func (p *Packer) Round(dst []uint16, src []float32) { p.RoundRows(dst, src, len(src), 1, 0, 0) }

// RoundRows rounds rows of n numbers, which are so many numbers apart in dst and in src.
func (p *Packer) RoundRows(dst []uint16, src []float32, n, rows, dstRow, srcRow int) {
	whole := p.round.whole(n)
	if whole > 0 && rows > 0 {
		_, _ = dst[(rows-1)*dstRow+n-1], src[(rows-1)*srcRow+n-1]
		p.round.call(addr(dst), addr(src), whole, rows, 2*dstRow, 4*srcRow)
	}
	if whole == n {
		return
	}
	for r := range rows {
		to, from := dst[r*dstRow:][:n], src[r*srcRow:][:n]
		for i := whole; i < n; i++ {
			to[i] = Round(from[i])
		}
	}
}

// Settle sets dst to src rounded to bfloat16, as float32: to operands of a product in float32.
func (p *Packer) Settle(dst, src []float32) {
	n := 0
	if p.settle != nil && len(src) >= 8 {
		n = len(src) / 8 * 8
		p.settle(addr(dst), addr(src), n)
	}
	for i, x := range src[n:] {
		dst[n+i] = Float(Round(x))
	}
}

// Words is the words of pairs of rows: row 2·i of a matrix and row 2·i+1 below it make the words of pair i,
// column by column, 32 of them Panel words after the last 32. A pair's begin Pair words after the last one's.
// Zeros fill its last 32 words.
type Words struct {
	Dst         []uint32
	Pair, Panel int
}

// Couple makes the words of rows of n floats, row numbers apart. A last row that has none below it is
// coupled with zeros.
func (p *Packer) Couple(w Words, src []float32, n, rows, row int) {
	whole := p.couple.whole(n)
	if pairs := rows / 2; whole > 0 && pairs > 0 {
		w.check(n, pairs)
		_ = src[(2*pairs-1)*row+n-1]
		p.couple.call(addr(w.Dst), addr(src), whole, pairs, 4*row, 4*w.Pair, 4*w.Panel)
	}
	words(w, src, n, rows, row, whole, p.couple.unit == 1, Round)
}

// Join is Couple of rows that are bfloat16.
func (p *Packer) Join(w Words, src []uint16, n, rows, row int) {
	whole := p.join.whole(n)
	if pairs := rows / 2; whole > 0 && pairs > 0 {
		w.check(n, pairs)
		_ = src[(2*pairs-1)*row+n-1]
		p.join.call(addr(w.Dst), addr(src), whole, pairs, 2*row, 4*w.Pair, 4*w.Panel)
	}
	words(w, src, n, rows, row, whole, p.join.unit == 1, func(x uint16) uint16 { return x })
}

// check panics unless there is room for the words of so many pairs.
func (w Words) check(n, pairs int) { _ = w.Dst[(pairs-1)*w.Pair+(Panels(n)-1)*w.Panel+PanelColumns-1] }

// words makes the words that a kernel has left: columns from whole on, a row without another, and zeros,
// unless the kernel has filled the pairs with them.
func words[T float32 | uint16](w Words, src []T, n, rows, row, whole int, filled bool, round func(T) uint16) {
	for pair := range (rows + 1) / 2 {
		from, single := whole, 2*pair+1 == rows
		if single {
			from = 0
		} else if filled {
			continue
		}
		x := src[2*pair*row:]
		for j := from; j < PanelColumns*Panels(n); j++ {
			v := uint32(0)
			if j < n {
				v = uint32(round(x[j]))
				if !single {
					v |= uint32(round(x[row+j])) << 16
				}
			}
			w.Dst[pair*w.Pair+j/PanelColumns*w.Panel+j%PanelColumns] = v
		}
	}
}
