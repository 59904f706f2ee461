package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// opcodes maps the base of every opcode to its decoder. An opcode that is not
// here does not load.
var opcodes map[string]func(*decoder)

// The opcodes are set here since decoders of calls refer to the table themselves.
func init() {
	opcodes = map[string]func(*decoder){
		"add": decodeAdd, "sub": decodeAdd, "addc": decodeCarry, "subc": decodeCarry,
		"mul": decodeMul, "mad": decodeMad, "madc": decodeCarry, "fma": decodeFMA,
		"mul24": decodeMul24, "mad24": decodeMul24, "sad": decodeSad, "div": decodeDiv, "rem": decodeRem,
		"abs": decodeAbs, "neg": decodeAbs, "min": decodeMinMax, "max": decodeMinMax,
		"popc": decodeCount, "clz": decodeCount, "bfind": decodeCount, "brev": decodeCount,
		"fns": decodeFns, "bmsk": decodeMask, "szext": decodeExtend,
		"bfe": decodeBitField, "bfi": decodeBitField, "dp4a": decodeDot, "dp2a": decodeDot,
		"and": decodeLogic, "or": decodeLogic, "xor": decodeLogic, "not": decodeLogic, "cnot": decodeLogic,
		"lop3": decodeLop3, "shf": decodeFunnel, "shl": decodeShift, "shr": decodeShift,
		"prmt": decodePermute, "rcp": decodeUnary, "sqrt": decodeUnary, "rsqrt": decodeUnary,
		"sin": decodeUnary, "cos": decodeUnary,
		"lg2": decodeUnary, "ex2": decodeUnary, "tanh": decodeUnary, "copysign": decodeCopysign,
		"testp": decodeTestp, "setp": decodeSetp, "set": decodeSet, "selp": decodeSelp, "slct": decodeSlct,
		"mov": decodeMov, "cvt": decodeCvt, "cvta": decodeCvta, "isspacep": decodeIsspacep,
		"ld": decodeLoad, "ldu": decodeLoad, "st": decodeStore, "atom": decodeAtomic, "red": decodeAtomic,
		"prefetch": decodePrefetch, "prefetchu": decodePrefetch, "discard": decodeDiscard,
		"applypriority": decodeDiscard, "createpolicy": decodePolicy,
		"cp": decodeAsync, "membar": decodeFence, "fence": decodeFence,
		"bar": decodeBarrier, "barrier": decodeBarrier, "mbarrier": decodeMbarrier,
		"shfl": decodeShuffle, "vote": decodeVote, "match": decodeMatch, "redux": decodeRedux,
		"activemask": decodeActive, "elect": decodeElect,
		"bra": decodeBranch, "brx": decodeTable, "call": decodeCall, "ret": decodeReturn, "exit": decodeExit,
		"alloca": decodeStack, "stacksave": decodeStack, "stackrestore": decodeStack,
		"trap": decodeTrap, "brkpt": decodeIdle, "nanosleep": decodeIdle, "pmevent": decodeIdle,
		"mma": decodeMMA, "wmma": decodeWMMA, "ldmatrix": decodeMatrix, "stmatrix": decodeMatrix,
		"movmatrix": decodeMovMatrix, "wgmma": decodeWgmma, "setmaxnreg": decodeSetmaxnreg,
		".branchtargets": decodeTargets, ".calltargets": decodeTargets, ".callprototype": decodeTargets,
	}
}

var intTypes = []ptx.Type{ptx.U16, ptx.S16, ptx.U32, ptx.S32, ptx.U64, ptx.S64}

// binary decodes d, a, b.
func (d *decoder) binary(t ptx.Type, exec rowFunc) {
	a := d.args(3)
	d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
	d.row(a[0], t, exec)
}

// ternary decodes d, a, b, c.
func (d *decoder) ternary(t ptx.Type, exec rowFunc) {
	a := d.args(4)
	d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], t)
	d.row(a[0], t, exec)
}

// unary decodes an instruction of one source and one destination of type t.
func (d *decoder) unary(t ptx.Type, exec rowFunc) {
	a := d.args(2)
	d.in.a = d.src(a[1], t)
	d.row(a[0], t, exec)
}

// decodeAdd decodes add and sub.
func decodeAdd(d *decoder) {
	carry := d.has("cc")
	mode := d.floatMode()
	t := d.typ()
	sub := d.base == "sub"
	switch {
	case carry:
		d.carry(t, sub, false)
	case t == ptx.U16x2 || t == ptx.S16x2:
		d.pairs(t, false)
	case t == ptx.S32 && mode.sat && sub:
		d.binary(t, lanes2(satSub))
	case t == ptx.S32 && mode.sat:
		d.binary(t, lanes2(satAdd))
	case t.Integer() && t.Size() > 1 && mode.plain() && sub:
		d.binary(t, ofWidth(intSub, t))
	case t.Integer() && t.Size() > 1 && mode.plain():
		d.binary(t, ofWidth(intAdd, t))
	default:
		d.floatBinary(t, mode)
	}
}

// decodeMul decodes mul.
func decodeMul(d *decoder) {
	part := d.take("lo", "hi", "wide")
	mode := d.floatMode()
	t := d.typ()
	switch {
	case !t.Integer() || t.Size() == 1:
		if part != "" {
			d.mods = append(d.mods, part)
		}
		d.floatBinary(t, mode)
	case part == "lo":
		d.binary(t, ofWidth(intMul, t))
	case part == "hi":
		d.binary(t, intHi(t))
	case part == "wide" && t.Size() < 8:
		a := d.args(3)
		d.in.a, d.in.b = d.src(a[1], t), d.src(a[2], t)
		d.row(a[0], wider(t), intWide(t))
	default:
		d.fail("mul.%s is not defined for .%s", part, t)
	}
}

// wider is the type of a product of two values of t.
func wider(t ptx.Type) ptx.Type {
	return map[ptx.Type]ptx.Type{ptx.U16: ptx.U32, ptx.S16: ptx.S32, ptx.U32: ptx.U64, ptx.S32: ptx.S64}[t]
}

// decodeMad decodes mad, of integers and of floats.
func decodeMad(d *decoder) {
	carry := d.has("cc")
	part := d.take("lo", "hi", "wide")
	mode := d.floatMode()
	t := d.typ()
	switch {
	case t == ptx.F32 || t == ptx.F64:
		d.floatFMA(t, mode)
	case carry:
		d.madCarry(t, part, false)
	case !t.Integer() || t.Size() == 1:
		d.fail("mad is not defined for .%s", t)
	case part == "lo":
		d.ternary(t, ofWidth(intMad, t))
	case part == "hi" && mode.sat && t == ptx.S32:
		d.ternary(t, lanes3(func(a, b, c int32) int32 { return clampS32(int64(a)*int64(b)>>32 + int64(c)) }))
	case part == "hi":
		d.ternary(t, intMadHi(t))
	case part == "wide" && t.Size() < 8:
		a := d.args(4)
		d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], wider(t))
		d.row(a[0], wider(t), intMadWide(t))
	default:
		d.fail("mad.%s is not defined for .%s", part, t)
	}
}

// decodeMul24 decodes mul24 and mad24.
func decodeMul24(d *decoder) {
	hi := d.take("lo", "hi") == "hi"
	t := d.one(ptx.U32, ptx.S32)
	f := func(a, b uint32) uint32 {
		p := uint64(a&0xffffff) * uint64(b&0xffffff)
		if t == ptx.S32 {
			p = uint64(int64(int32(a<<8)>>8) * int64(int32(b<<8)>>8))
		}
		if hi {
			p >>= 16
		}
		return uint32(p)
	}
	if d.base == "mul24" {
		d.binary(t, lanes2(f))
		return
	}
	d.ternary(t, lanes3(func(a, b, c uint32) uint32 { return f(a, b) + c }))
}

// decodeSad decodes sad: c + |a − b|.
func decodeSad(d *decoder) {
	t := d.one(intTypes...)
	d.ternary(t, absDiff(t))
}

// decodeDiv decodes div.
func decodeDiv(d *decoder) {
	how := d.take("approx", "full")
	mode := d.floatMode()
	t := d.typ()
	switch {
	case t == ptx.F32 && (how != "" || mode.plain()):
		d.floatDiv(mode)
	case t == ptx.F32 || t == ptx.F64:
		d.floatBinary(t, mode)
	case t.Integer() && t.Size() > 1:
		d.binary(t, intDiv(t))
	default:
		d.fail("div is not defined for .%s", t)
	}
}

// decodeRem decodes rem.
func decodeRem(d *decoder) {
	t := d.one(intTypes...)
	d.binary(t, intRem(t))
}

// decodeCount decodes popc, clz, bfind and brev.
func decodeCount(d *decoder) {
	shift := d.has("shiftamt")
	t := d.one(ptx.B32, ptx.B64, ptx.U32, ptx.S32, ptx.U64, ptx.S64)
	if d.base == "brev" {
		d.unary(t, brev(t))
		return
	}
	a := d.args(2)
	d.in.a = d.src(a[1], t)
	exec := map[string]rowFunc{
		"popc":  byWidth(t, nil, lanes1(popc32), lanes1(popc64)),
		"clz":   byWidth(t, nil, lanes1(clz32), lanes1(clz64)),
		"bfind": find(t, shift),
	}[d.base]
	d.row(a[0], ptx.U32, exec)
}

func popc32(a uint32) uint32 { return uint32(bits.OnesCount32(a)) }

func clz32(a uint32) uint32 { return uint32(bits.LeadingZeros32(a)) }

func popc64(a uint64) uint32 { return uint32(bits.OnesCount64(a)) }

func clz64(a uint64) uint32 { return uint32(bits.LeadingZeros64(a)) }

// decodeBitField decodes bfe and bfi.
func decodeBitField(d *decoder) {
	if d.base == "bfe" {
		t := d.one(ptx.U32, ptx.S32, ptx.U64, ptx.S64)
		a := d.args(4)
		d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], ptx.U32), d.src(a[3], ptx.U32)
		d.row(a[0], t, bfe(t))
		return
	}
	t := d.one(ptx.B32, ptx.B64)
	a := d.args(5)
	d.in.a, d.in.b, d.in.c = d.src(a[1], t), d.src(a[2], t), d.src(a[3], ptx.U32)
	d.in.x = &extra{regs: []uint32{d.src(a[4], ptx.U32)}}
	d.in.kind, d.in.d, d.in.do = kindEffect, d.dst(a[0], t), bfi(t)
}

// decodeDot decodes dp4a and dp2a.
func decodeDot(d *decoder) {
	part := d.take("lo", "hi")
	ta, tb := d.one(ptx.U32, ptx.S32), d.one(ptx.U32, ptx.S32)
	f := dp4(ta == ptx.S32, tb == ptx.S32)
	if d.base == "dp2a" {
		f = dp2(ta == ptx.S32, tb == ptx.S32, int(bit(part == "hi")))
	}
	d.ternary(ptx.U32, lanes3(f))
}

// decodeAbs decodes abs and neg.
func decodeAbs(d *decoder) {
	mode := d.floatMode()
	t := d.typ()
	neg := d.base == "neg"
	switch {
	case t == ptx.S16 && neg:
		d.unary(t, lanes1(func(a uint32) uint32 { return -a & 0xffff }))
	case t == ptx.S16:
		d.unary(t, lanes1(func(a uint32) uint32 { return uint32(max(sext16(a), -sext16(a))) & 0xffff }))
	case t == ptx.S32 && neg:
		d.unary(t, lanes1(func(a int32) int32 { return -a }))
	case t == ptx.S32:
		d.unary(t, lanes1(func(a int32) int32 { return max(a, -a) }))
	case t == ptx.S64 && neg:
		d.unary(t, lanes1(func(a int64) int64 { return -a }))
	case t == ptx.S64:
		d.unary(t, lanes1(func(a int64) int64 { return max(a, -a) }))
	default:
		d.floatSign(t, mode, neg)
	}
}
