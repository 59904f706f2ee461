package emu

import (
	"math"
	"unsafe"
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
func (d *decoder) comparison(a []operand) {
	cmp := d.take(comparisons...)
	if cmp == "" {
		d.fail("no comparison")
	}
	combine := combines[d.take("and", "or", "xor")]
	ftz := d.has("ftz")
	t := d.typ()
	if t == pred || t.size() == 1 {
		d.fail("no comparison of .%s", t)
	}
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
	d.in.test = comparer(t, cmp, ftz)
	if d.in.test == nil {
		d.fail("comparison .%s is not defined for .%s", cmp, t)
	}
}

func decodeSetp(d *decoder) {
	a := d.s.args
	if len(a) < 3 {
		d.fail("got %d operands, want 3 or 4", len(a))
	}
	d.comparison(a[1:])
	d.in.kind = kindPred
	if a[0].kind == opPair {
		d.in.d, d.in.x.q = uint32(d.predDst(a[0].list[0])), d.predDst(a[0].list[1])
		return
	}
	d.in.d = uint32(d.predDst(a[0]))
}

// decodeSet is set: all ones (or 1.0) where the comparison holds.
func decodeSet(d *decoder) {
	a := d.s.args
	if len(a) < 3 {
		d.fail("got %d operands, want 3 or 4", len(a))
	}
	// .cmp.dtype.stype: the destination's type comes first.
	dt := d.one(u32, s32, f32)
	d.comparison(a[1:])
	yes := uint32(fullMask)
	if dt == f32 {
		yes = 0x3f800000
	}
	d.row(a[0], dt, func(w *warp, in *inst, out unsafe.Pointer) {
		m := in.x.combine.of(in.test(w, in), w.preds[in.x.p]^in.x.notP)
		r := (*[lanes]uint32)(out)
		for i := range r {
			r[i] = yes & -(m >> i & 1)
		}
	})
}

func decodeSelp(d *decoder) {
	t := d.typ()
	a := d.args(4)
	d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
	d.in.x = &extra{}
	d.in.x.p, d.in.x.notP = d.predicate(a[3])
	d.in.pure = true
	if t == pred || t.size() == 1 {
		d.fail("selp is not defined for .%s", t)
	}
	d.row(a[0], t, byWidth(t, selectRow[uint32], selectRow[uint32], selectRow[uint64]))
}

// decodeSlct: a where c ≥ 0, else b.
func decodeSlct(d *decoder) {
	ftz := d.has("ftz")
	t, tc := d.typ(), d.one(s32, f32)
	a := d.args(4)
	d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], tc)
	yes := func(c uint32) bool {
		if tc == s32 {
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
	t := d.one(f32, f64)
	a := d.args(2)
	d.in.a = d.src(a[1], t)
	d.in.kind, d.in.d, d.in.x = kindPred, uint32(d.predDst(a[0])), &extra{p: truePred, q: sinkPred}
	least := 0x1p-126
	if t == f64 {
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
	if is == nil {
		d.fail("no property")
	}
	d.in.test = func(w *warp, in *inst) (m uint32) {
		for i := range lanes {
			x := 0.0
			if t == f64 {
				x = rowOf[float64](w, in.a)[i]
			} else {
				x = float64(rowOf[float32](w, in.a)[i])
			}
			m |= bit(is(x)) << i
		}
		return m
	}
}
