package emu

import (
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// The products of other types than the halves and tf32, element by element: they
// are rare, so the plain loop is the only form. Fragments lie as in mma.go: with e
// elements in a register, register r of A holds row g + 8·(r%2), columns
// t·e + 4e·(r/2) and on (of 8 rows: row g, columns t·e + 4e·r), register r of B
// rows t·e + 4e·r and on of column g.
type otherMMA struct {
	m, k, e    int
	a, b, c, d []uint32 // rows of the registers
	ta, tb     ptx.Type
	sat        bool
}

// elements of A, B and C, whole numbers and 8-bit floats in float64, which holds
// them, their products and sums of 64 such exactly.
type otherTile struct {
	a [16][64]float64
	b [64][8]float64
}

// otherMMA decodes mma of integers, of 8-bit floats and of float64.
func (d *decoder) otherMMA(shape string, ta, tb ptx.Type) {
	s := &otherMMA{m: 16, ta: ta, tb: tb, sat: d.has("satfinite")}
	s.k = map[string]int{"m8n8k4": 4, "m16n8k4": 4, "m16n8k8": 8, "m16n8k16": 16, "m8n8k16": 16,
		"m16n8k32": 32, "m8n8k32": 32, "m16n8k64": 64}[shape]
	if shape[:3] == "m8n" {
		s.m = 8
	}
	reg, acc := ptx.B32, ptx.S32
	switch ta {
	case ptx.S4, ptx.U4:
		s.e = 8
	case ptx.F64:
		s.e, reg, acc = 1, ptx.F64, ptx.F64
	case ptx.E4M3, ptx.E5M2:
		s.e, acc = 4, ptx.F32
	default:
		s.e = 4
	}
	a := d.args(4)
	s.d = d.fragment(a[0], s.m*8/lanes, acc, true)
	s.a = d.fragment(a[1], s.m*s.k/lanes/s.e, reg, false)
	s.b = d.fragment(a[2], s.k*8/lanes/s.e, reg, false)
	s.c = d.fragment(a[3], s.m*8/lanes, acc, false)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		if w.whole(in, mask) {
			w.otherMMA(s)
		}
	}
}

// element is number i of a register.
func element(v uint64, i int, t ptx.Type) float64 {
	switch t {
	case ptx.F64:
		return math.Float64frombits(v)
	case ptx.E4M3:
		return float64(fromE4M3(uint8(v >> (8 * i))))
	case ptx.E5M2:
		return float64(fromE5M2(uint8(v >> (8 * i))))
	case ptx.S8:
		return float64(int8(v >> (8 * i)))
	case ptx.S4:
		return float64(int8(v>>(4*i)<<4) >> 4)
	case ptx.U4:
		return float64(v >> (4 * i) & 15)
	}
	return float64(uint8(v >> (8 * i)))
}

// otherMMA runs one.
func (w *warp) otherMMA(s *otherMMA) {
	var t otherTile
	wide := s.ta == ptx.F64
	for l := range lanes {
		g, q := l>>2, l&3
		for r, off := range s.a {
			row, col := g+8*(r&1), q*s.e+4*s.e*(r>>1)
			if s.m == 8 {
				row, col = g, q*s.e+4*s.e*r
			}
			v := w.getLane(off, wide, l)
			for i := range s.e {
				t.a[row][col+i] = element(v, i, s.ta)
			}
		}
		for r, off := range s.b {
			v := w.getLane(off, wide, l)
			for i := range s.e {
				t.b[q*s.e+4*s.e*r+i][g] = element(v, i, s.tb)
			}
		}
	}
	for l := range lanes {
		var c [4]uint64
		for i, off := range s.c {
			c[i] = w.getLane(off, wide, l)
		}
		for i, off := range s.d {
			w.setLane(off, wide, l, s.sum(&t, l>>2+8*(i>>1), l&3*2+i&1, c[i]))
		}
	}
	w.l.count.TensorFLOPs += uint64(2 * s.m * 8 * s.k)
}

// sum adds the products of a row and a column to c: in float64 fused and in
// float32 rounded one after the other, in whole numbers exactly.
func (s *otherMMA) sum(t *otherTile, row, col int, c uint64) uint64 {
	switch s.ta {
	case ptx.F64:
		z := math.Float64frombits(c)
		for k := range s.k {
			z = math.FMA(t.a[row][k], t.b[k][col], z)
		}
		return math.Float64bits(canon64(z))
	case ptx.E4M3, ptx.E5M2:
		z := math.Float32frombits(uint32(c))
		for k := range s.k {
			z += float32(t.a[row][k] * t.b[k][col])
		}
		return uint64(math.Float32bits(canon(z)))
	}
	z := float64(int32(c))
	for k := range s.k {
		z += t.a[row][k] * t.b[k][col]
	}
	if s.sat {
		return uint64(uint32(clampS32(int64(z))))
	}
	return uint64(uint32(int64(z)))
}
