package emu

import "encoding/binary"

// A sharedMatrix is what a 64-bit descriptor of wgmma says: elements of two bytes lie
// in chunks of eight, contiguous along K or, transposed, along the other side, I.
//
// In the modes with a swizzle of W = 32, 64 or 128 bytes, rows of W bytes follow each
// other, eight to a pattern, and stride is the way from a pattern to the next, leading
// that to the chunks beyond W. Bits 4 … of an address are then changed by bits 7 … of it:
// chunk c of row r lies at c ^ r%8 for 128 bytes. Without a swizzle eight chunks are one
// after the other and the two steps lead to the next eight along K and along I.
type sharedMatrix struct {
	start, leading, stride uint64 // bytes
	width                  uint64 // of the swizzle: 16 for none
	trans                  bool
}

// matrixOf takes a descriptor apart: bits 0–13 the address, 16–29 leading, 32–45 stride,
// all in units of 16 bytes, 49–51 the base offset, 62–63 the mode.
func matrixOf(desc uint64, trans bool) (m sharedMatrix, ok bool) {
	field := func(at int) uint64 { return desc >> at & 0x3fff << 4 }
	width := [4]uint64{16, 128, 64, 32}[desc>>62]
	return sharedMatrix{field(0), field(16), field(32), width, trans}, desc>>49&7 == 0
}

// chunk is the address of the eight elements that begin at i, k, one of them a multiple
// of eight: k, or i if transposed.
func (m *sharedMatrix) chunk(i, k uint64) uint64 {
	at := m.start
	switch c := i / 8; {
	case m.width == 16 && m.trans:
		at += c*m.stride + k%8*16 + k/8*m.leading
	case m.width == 16:
		at += i%8*16 + i/8*m.stride + k/8*m.leading
	case m.trans:
		per := m.width / 16
		at += c%per*16 + c/per*m.leading + k%8*m.width + k/8*m.stride
	default:
		at += i%8*m.width + i/8*m.stride + k/8*16
	}
	return at ^ at>>7&(m.width/16-1)<<4
}

// chunks calls f for every chunk of rows first … first + n − 1 of I, all 16 of K.
func (m *sharedMatrix) chunks(first, n uint64, f func(i, k, at uint64)) {
	if m.trans {
		for i := first; i < first+n; i += 8 {
			for k := range uint64(16) {
				f(i, k, m.chunk(i, k))
			}
		}
		return
	}
	for i := first; i < first+n; i++ {
		f(i, 0, m.chunk(i, 0))
		f(i, 8, m.chunk(i, 8))
	}
}

// operands are the matrices of a product that are in shared memory, with the rows of
// each that this warp reads.
func (w *warp) operands(p *product, f func(m *sharedMatrix, first, n uint64, isB bool)) {
	if p.s.a == nil {
		if m, ok := w.sharedMatrix(p, p.a, p.s.transA); ok {
			f(&m, uint64(w.index%4*16), 16, false)
		}
	}
	if m, ok := w.sharedMatrix(p, p.b, p.s.transB); ok {
		f(&m, 0, uint64(p.s.n), true)
	}
}

// sharedMatrix is the matrix of a descriptor, if it can be read.
func (w *warp) sharedMatrix(p *product, desc uint64, trans bool) (sharedMatrix, bool) {
	m, ok := matrixOf(desc, trans)
	if !ok {
		w.report(Misaligned, 0, p.in, "descriptor %#x has a base offset: patterns must be aligned", desc)
	}
	return m, ok
}

// visitMatrices checks and notes what a product reads of shared memory.
func (w *warp) visitMatrices(p *product) {
	if w.l.ctx.opt.Survey {
		return
	}
	w.operands(p, func(m *sharedMatrix, first, n uint64, _ bool) {
		m.chunks(first, n, func(_, _, at uint64) {
			switch {
			case w.l.err != nil:
			case at+16 > w.b.sharedN:
				w.report(OutOfBounds, 0, p.in, "reads 16 bytes at shared address %#x, the block has %d", at,
					w.b.sharedN)
			case w.l.checked:
				w.readAsync(p.in, at)
			}
		})
	})
}

// multiplyGroup does a product: this warp's 16 rows of A times B.
func (w *warp) multiplyGroup(p *product) {
	if w.l.err != nil || w.l.ctx.opt.Survey {
		return
	}
	var a [16][16]uint16
	var b [256][16]uint16 // by column
	w.operands(p, func(m *sharedMatrix, first, n uint64, isB bool) {
		m.chunks(first, n, func(i, k, at uint64) {
			if at+16 > w.b.sharedN {
				return
			}
			to := &a[(i-first)&15]
			if isB {
				to = &b[i&255]
			}
			for e := range uint64(8) {
				v := binary.LittleEndian.Uint16(w.b.shared[at+2*e:])
				switch {
				case !m.trans:
					to[k+e] = v
				case isB:
					b[i+e][k] = v
				default:
					a[i-first+e][k] = v
				}
			}
		})
	})
	w.fillA(p, &a)
	for j, s := range p.s.parts {
		w.fillB(p, b[8*j:8*j+8])
		if !p.add {
			for _, c := range s.c {
				clear(rowOf[uint32](w, c)[:])
			}
		}
		if vector32.product == nil || !vector32.product(w, s) {
			w.multiply(s)
		}
	}
}

// signs flips the signs of two halves if neg.
func signs(neg bool) uint32 { return -bit(neg) & 0x80008000 }

// fillA makes the fragments of A, from memory or from the registers of the product.
func (w *warp) fillA(p *product, a *[16][16]uint16) {
	flip := signs(p.s.negA)
	for r, row := range p.s.fragA {
		to := rowOf[uint32](w, row)
		if p.s.a != nil {
			for l, v := range rowOf[uint32](w, p.s.a[r]) {
				to[l] = v ^ flip
			}
			continue
		}
		for l := range to {
			i, k := l/4+8*(r&1), l%4*2+8*(r>>1)
			to[l] = (uint32(a[i][k]) | uint32(a[i][k+1])<<16) ^ flip
		}
	}
}

// fillB makes the fragments of eight columns of B.
func (w *warp) fillB(p *product, b [][16]uint16) {
	flip := signs(p.s.negB)
	for r, row := range p.s.fragB {
		to := rowOf[uint32](w, row)
		for l := range to {
			c, k := &b[l/4], l%4*2+8*r
			to[l] = (uint32(c[k]) | uint32(c[k+1])<<16) ^ flip
		}
	}
}
