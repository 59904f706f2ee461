package emu

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// combineOp joins the result of a comparison with another predicate.
type combineOp uint8

const (
	combineNone combineOp = iota
	combineAnd
	combineOr
	combineXor
)

var combines = map[string]combineOp{"and": combineAnd, "or": combineOr, "xor": combineXor}

// of combines a comparison r with a predicate p.
func (c combineOp) of(r, p uint32) uint32 {
	switch c {
	case combineAnd:
		return r & p
	case combineOr:
		return r | p
	case combineXor:
		return r ^ p
	}
	return r
}

var comparisons = []string{"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs",
	"equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"}

// comparison decodes the operator, combination and type of setp and set and
// returns the test; operands follow at a.
func (d *decoder) comparison(a []ptx.Operand) {
	cmp := d.take(comparisons...)
	combine := combines[d.take("and", "or", "xor")]
	ftz := d.has("ftz")
	t := d.typ()
	d.in.x = &extra{p: truePred, q: sinkPred, combine: combine}
	want := 2
	if combine != combineNone {
		want = 3
	}
	if len(a) != want {
		d.fail("got %d sources, want %d", len(a), want)
	}
	if combine != combineNone {
		d.in.x.p, d.in.x.notP = d.predicate(a[2])
	}
	d.in.a, d.in.b = d.src(a[0], t), d.src(a[1], t)
	d.in.test, d.upper = comparer(t, cmp, ftz), nil
	if t == ptx.F16x2 || t == ptx.BF16x2 {
		m := halfMode{halfFormat: halfOf(t), ftz: ftz}
		d.in.test = convertedTest(cmp, func(x uint32) float64 { return m.in(x & 0xffff) })
		d.upper = convertedTest(cmp, func(x uint32) float64 { return m.in(x >> 16) })
	}
}

// decodeSetp decodes setp.
func decodeSetp(d *decoder) {
	a := d.s.Args
	if len(a) < 3 {
		d.fail("got %d operands, want 3 or 4", len(a))
	}
	d.comparison(a[1:])
	to := []ptx.Operand{a[0], {Kind: ptx.SinkOperand}}
	if a[0].Kind == ptx.PairOperand {
		to = a[0].List
	}
	p, q := d.predDst(to[0]), d.predDst(to[1])
	if d.upper == nil {
		d.in.kind, d.in.d, d.in.x.q = kindPred, uint32(p), q
		return
	}
	if a[0].Kind != ptx.PairOperand {
		d.fail("destination is not a pair")
	}
	upper := d.upper
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) { // p of the lower halves, q of the upper
		c := w.preds[in.x.p] ^ in.x.notP
		lo, hi := in.x.combine.of(in.test(w, in), c), in.x.combine.of(upper(w, in), c)
		w.preds[p] = w.preds[p]&^mask | lo&mask
		w.preds[q] = w.preds[q]&^mask | hi&mask
	}
}

// ones is true as set writes it: 1.0, or all ones.
var ones = map[ptx.Type]uint32{ptx.U32: fullMask, ptx.S32: fullMask, ptx.F32: 0x3f800000,
	ptx.U16: 0xffff, ptx.S16: 0xffff,
	ptx.F16: 0x3c00, ptx.BF16: 0x3f80, ptx.F16x2: 0x3c00, ptx.BF16x2: 0x3f80}

// decodeSet is set: all ones, or 1.0, where the comparison holds, in each half by
// itself for pairs of halves.
func decodeSet(d *decoder) {
	a := d.s.Args
	if len(a) < 3 {
		d.fail("got %d operands, want 3 or 4", len(a))
	}
	cmp, combine, ftz := d.take(comparisons...), d.take("and", "or", "xor"), d.has("ftz")
	dt := d.typ() // .cmp.dtype.stype: the destination's type comes first
	for _, m := range []string{cmp, combine} {
		if m != "" {
			d.mods = append(d.mods, m)
		}
	}
	if ftz {
		d.mods = append(d.mods, "ftz")
	}
	d.comparison(a[1:])
	yes, upper := ones[dt], d.upper
	if upper != nil {
		yes &= 0xffff
	}
	d.row(a[0], dt, func(w *warp, in *inst, out unsafe.Pointer) {
		c := w.preds[in.x.p] ^ in.x.notP
		m := in.x.combine.of(in.test(w, in), c)
		r := (*[lanes]uint32)(out)
		for i := range r {
			r[i] = yes & -(m >> i & 1)
		}
		if upper == nil {
			return
		}
		m = in.x.combine.of(upper(w, in), c)
		for i := range r {
			r[i] |= yes & -(m >> i & 1) << 16
		}
	})
}

// decodeSelp decodes selp.
func decodeSelp(d *decoder) {
	t := d.typ()
	a := d.args(4)
	d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
	d.in.x = &extra{}
	d.in.x.p, d.in.x.notP = d.predicate(a[3])
	d.in.pure = true
	d.row(a[0], t, byWidth(t, selectRow[uint32], selectRow[uint32], selectRow[uint64]))
}

// decodeSlct: a where c ≥ 0, else b.
func decodeSlct(d *decoder) {
	ftz := d.has("ftz")
	t, tc := d.typ(), d.one(ptx.S32, ptx.F32)
	a := d.args(4)
	d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], tc)
	yes := func(c uint32) bool {
		if tc == ptx.S32 {
			return int32(c) >= 0
		}
		return floatMode{ftz: ftz}.in(c) >= 0
	}
	if isWide(t) {
		d.row(a[0], t, lanes3(func(a, b uint64, c uint32) uint64 {
			if yes(c) {
				return a
			}
			return b
		}))
		return
	}
	d.row(a[0], t, lanes3(func(a, b, c uint32) uint32 {
		if yes(c) {
			return a
		}
		return b
	}))
}

// decodeTestp tests a property of a float.
func decodeTestp(d *decoder) {
	what := d.take("finite", "infinite", "number", "notanumber", "normal", "subnormal")
	t := d.one(ptx.F32, ptx.F64)
	a := d.args(2)
	d.in.a = d.src(a[1], t)
	d.in.kind, d.in.d, d.in.x = kindPred, uint32(d.predDst(a[0])), &extra{p: truePred, q: sinkPred}
	least := 0x1p-126
	if t == ptx.F64 {
		least = 0x1p-1022
	}
	is := map[string]func(x float64) bool{
		"finite":     func(x float64) bool { return math.Abs(x) <= math.MaxFloat64 },
		"infinite":   func(x float64) bool { return math.IsInf(x, 0) },
		"number":     func(x float64) bool { return x == x },
		"notanumber": func(x float64) bool { return x != x },
		"normal":     func(x float64) bool { return math.Abs(x) >= least && math.Abs(x) <= math.MaxFloat64 },
		"subnormal":  func(x float64) bool { return x != 0 && math.Abs(x) < least },
	}[what]
	d.in.test = func(w *warp, in *inst) (m uint32) {
		for i := range lanes {
			x := 0.0
			if t == ptx.F64 {
				x = rowOf[float64](w, in.a)[i]
			} else {
				x = float64(rowOf[float32](w, in.a)[i])
			}
			m |= bit(is(x)) << i
		}
		return m
	}
}
