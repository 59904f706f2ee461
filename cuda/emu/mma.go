package emu

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// An mmaShape is a matrix product D = A·B + C of one warp: A is M×K, B is K×N.
// The tables say which element of a matrix each register of each lane holds.
//
// With g = lane/4, t = lane%4 and e elements in a register (two halves or one
// tf32), register r of A holds row g + 8·(r%2), columns t·e + 4e·(r/2) and on;
// register r of B holds rows t·e + 4e·r and on of column g; element i of C and D
// is at row g + 8·(i/2), column 2t + i%2.
type mmaShape struct {
	m, n, k      int
	in, acc, out ptx.Type
	a, b, c, d   []uint32 // rows of the registers
	perRegister  int
}

// decodeMMA decodes mma.sync.aligned.shape.row.col.dtype.atype.btype.ctype.
func decodeMMA(d *decoder) {
	d.has("sync")
	d.has("aligned")
	shape := d.take("m16n8k4", "m16n8k8", "m16n8k16", "m8n8k4", "m8n8k16", "m8n8k32", "m16n8k32", "m16n8k64")
	d.take("row")
	d.take("col")
	dt, at, bt, ct := d.typ(), d.typ(), d.typ(), d.typ()
	if at != ptx.F16 && at != ptx.BF16 && at != ptx.TF32 {
		d.otherMMA(shape, at, bt)
		return
	}
	s := &mmaShape{m: 16, n: 8, in: at, acc: ct, out: dt, perRegister: 2}
	s.k = map[string]int{"m16n8k4": 4, "m16n8k8": 8, "m16n8k16": 16}[shape]
	if at == ptx.TF32 {
		s.perRegister = 1
	}
	a := d.args(4)
	nA := 16 * s.k / lanes / s.perRegister
	s.d = d.fragment(a[0], accRegisters(dt), accType(dt), true)
	s.a = d.fragment(a[1], nA, ptx.B32, false)
	s.b = d.fragment(a[2], nA/2, ptx.B32, false)
	s.c = d.fragment(a[3], accRegisters(ct), accType(ct), false)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) { w.mma(in, mask, s) }
}

// accRegisters is how many registers hold the accumulators of a lane.
func accRegisters(t ptx.Type) int {
	if t == ptx.F16 {
		return 2
	}
	return 4
}

// accType is the type of these registers.
func accType(t ptx.Type) ptx.Type {
	if t == ptx.F16 {
		return ptx.B32
	}
	return ptx.F32
}

// fragment lists the rows of the registers in braces.
func (d *decoder) fragment(o ptx.Operand, n int, t ptx.Type, dest bool) []uint32 {
	list := o.List
	if o.Kind != ptx.VectorOperand {
		list = []ptx.Operand{o}
	}
	if len(list) != n {
		d.fail("fragment of %d registers, want %d", len(list), n)
	}
	var rows []uint32
	for _, e := range list {
		if dest {
			rows = append(rows, d.dst(e, t))
		} else {
			rows = append(rows, d.src(e, t))
		}
	}
	return rows
}

// whole checks that a .aligned operation is executed by the whole warp.
func (w *warp) whole(in *inst, mask uint32) bool {
	if mask == fullMask {
		return true
	}
	for i := range lanes {
		if mask>>i&1 == 0 {
			w.report(WrongLanes, i, in, "needs all 32 lanes, %#08x are here", mask)
			break
		}
	}
	return w.l.err == nil
}

// mma multiplies. Products are exact in float32, since operands have at most 11
// bits; they are added to the accumulator in the order of k.
func (w *warp) mma(in *inst, mask uint32, s *mmaShape) {
	if !w.whole(in, mask) {
		return
	}
	if vector32.product == nil || !vector32.product(w, s) {
		w.multiply(s)
	}
	w.l.count.TensorFLOPs += uint64(2 * s.m * s.n * s.k)
}

// multiply unpacks the fragments into matrices and multiplies these.
func (w *warp) multiply(s *mmaShape) {
	f := &w.b.tile // what is left of the mma before is never read
	a, b, c := &f.a, &f.b, &f.c
	for r, off := range s.a {
		loadA(s, rowOf[uint32](w, off), a, 8*(r&1), 4*s.perRegister*(r>>1))
	}
	for r, off := range s.b {
		loadB(s, rowOf[uint32](w, off), b, 4*s.perRegister*r)
	}
	w.loadAcc(s, c)
	vector32.tile(c, a, b, s.k)
	w.storeAcc(s, c)
}

// tile holds the matrices of an mma.
type tile struct {
	a    [16][16]float32
	b, c [16][8]float32
}

// loadA unpacks a register of A: rows row … row+7, from column col on.
func loadA(s *mmaShape, reg *[lanes]uint32, a *[16][16]float32, row, col int) {
	switch s.in {
	case ptx.BF16:
		for g := range 8 {
			v, to := (*[4]uint32)(reg[4*g:]), (*[8]uint32)(unsafe.Pointer(&a[(row+g)&15][col&8]))
			*to = [8]uint32{v[0] << 16, v[0] &^ 0xffff, v[1] << 16, v[1] &^ 0xffff,
				v[2] << 16, v[2] &^ 0xffff, v[3] << 16, v[3] &^ 0xffff}
		}
	case ptx.TF32:
		for l, v := range reg {
			a[(l>>2+row)&15][(col+l&3)&15] = math.Float32frombits(v &^ 0x1fff)
		}
	default:
		for l, v := range reg {
			to, k := &a[(l>>2+row)&15], col+l&3*2
			to[k&15], to[(k+1)&15] = round.FromF16(uint16(v)), round.FromF16(uint16(v>>16))
		}
	}
}

// loadB unpacks a register of B: from row row on.
func loadB(s *mmaShape, reg *[lanes]uint32, b *[16][8]float32, row int) {
	switch s.in {
	case ptx.BF16:
		to := (*[8][8]uint32)(unsafe.Pointer(&b[row&8]))
		for g := range 8 {
			v := (*[4]uint32)(reg[4*g:])
			to[0][g], to[1][g], to[2][g], to[3][g] = v[0]<<16, v[0]&^0xffff, v[1]<<16, v[1]&^0xffff
			to[4][g], to[5][g], to[6][g], to[7][g] = v[2]<<16, v[2]&^0xffff, v[3]<<16, v[3]&^0xffff
		}
	case ptx.TF32:
		for l, v := range reg {
			b[(row+l&3)&15][l>>2&7] = math.Float32frombits(v &^ 0x1fff)
		}
	default:
		for l, v := range reg {
			k, g := row+l&3*2, l>>2&7
			b[k&15][g], b[(k+1)&15][g] = round.FromF16(uint16(v)), round.FromF16(uint16(v>>16))
		}
	}
}

// multiplyRow adds to a row of C the product of a row of A with the first k rows of B, in order.
func multiplyRow(c *[8]float32, a *[16]float32, b *[16][8]float32, k int) {
	c0, c1, c2, c3, c4, c5, c6, c7 := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
	for i := range k {
		x, y := a[i&15], &b[i&15]
		c0 += float32(x * y[0])
		c1 += float32(x * y[1])
		c2 += float32(x * y[2])
		c3 += float32(x * y[3])
		c4 += float32(x * y[4])
		c5 += float32(x * y[5])
		c6 += float32(x * y[6])
		c7 += float32(x * y[7])
	}
	*c = [8]float32{c0, c1, c2, c3, c4, c5, c6, c7}
}

// loadAcc gathers C from the registers of the lanes.
func (w *warp) loadAcc(s *mmaShape, c *[16][8]float32) {
	if s.acc == ptx.F32 {
		for r := range 2 {
			even, odd := rowOf[float32](w, s.c[2*r]), rowOf[float32](w, s.c[2*r+1])
			for g := range 8 {
				x, y := (*[4]float32)(even[4*g:]), (*[4]float32)(odd[4*g:])
				c[8*r+g] = [8]float32{x[0], y[0], x[1], y[1], x[2], y[2], x[3], y[3]}
			}
		}
		return
	}
	for l := range lanes {
		for i := range 4 {
			p := &c[l>>2+8*(i>>1)][l&3*2+i&1]
			*p = round.FromF16(uint16(rowOf[uint32](w, s.c[i>>1])[l] >> (16 * (i & 1))))
		}
	}
}

// storeAcc gives D to the registers of the lanes.
func (w *warp) storeAcc(s *mmaShape, c *[16][8]float32) {
	if s.out == ptx.F32 {
		for r := range 2 {
			even, odd := rowOf[float32](w, s.d[2*r]), rowOf[float32](w, s.d[2*r+1])
			for g := range 8 {
				x, y, z := (*[4]float32)(even[4*g:]), (*[4]float32)(odd[4*g:]), &c[8*r+g]
				*x = [4]float32{canon(z[0]), canon(z[2]), canon(z[4]), canon(z[6])}
				*y = [4]float32{canon(z[1]), canon(z[3]), canon(z[5]), canon(z[7])}
			}
		}
		return
	}
	for l := range lanes {
		for i := range 4 {
			v := canon(c[l>>2+8*(i>>1)][l&3*2+i&1])
			p := &rowOf[uint32](w, s.d[i>>1])[l]
			shift := 16 * (i & 1)
			*p = *p&^(0xffff<<shift) | uint32(round.ToF16(float64(v), round.NearestEven))<<shift
		}
	}
}
