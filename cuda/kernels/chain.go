package kernels

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Chain adds a fused run of pointwise operators; addr is where a value begins, half whether
// it is bfloat16 in memory, which outputs alone may be; nil says none is.
func (l *List) Chain(ch *plan.Chain, addr func(value int) driver.Ptr, half func(value int) bool) {
	p := encoder{ch: ch, addr: addr, half: half}
	b := p.encode()
	if p.overflow {
		l.fail("chain: a view of %d elements reaches 2³² elements into a value", ch.Len)
		return
	}
	l.launch("chain_f32", [3]int{l.turns(ch.Len, 512, 1<<16), 1, 1}, 128, registerBytes*ch.Regs,
		l.constant(b))
}

// encoder writes a chain as the struct Program of chain.cu.
type encoder struct {
	ch       *plan.Chain
	addr     func(value int) driver.Ptr
	half     func(value int) bool
	b        []byte
	overflow bool
}

// word writes 32 bits, pointer 64, both in little-endian order.
func (e *encoder) word(v int) {
	if v < 0 || v > math.MaxUint32 {
		e.overflow = true
	}
	e.b = binary.LittleEndian.AppendUint32(e.b, uint32(v))
}

func (e *encoder) pointer(p driver.Ptr) { e.b = binary.LittleEndian.AppendUint64(e.b, uint64(p)) }

// encode writes the struct Program with everything behind it.
func (e *encoder) encode() []byte {
	ch := e.ch
	var sources []plan.Instr
	for _, in := range ch.Code {
		if in.Kind.Random() {
			sources = append(sources, in)
		}
	}
	for _, v := range []int{ch.Len, len(ch.Code), 0, 0} {
		e.word(v)
	}
	drawn := 0
	for _, in := range ch.Code {
		e.instr(in, drawn)
		drawn += flag(in.Kind.Random())
	}
	e.b = append(e.b, make([]byte, instrBytes*(plan.MaxCode-len(ch.Code)))...)
	for _, args := range [][]plan.Arg{ch.Args, ch.Outs} {
		for _, a := range args {
			e.view(a)
		}
	}
	const viewBytes = 8 + 2*4 + 4*plan.MaxAxes*4
	e.b = append(e.b, make([]byte, viewBytes*(plan.MaxArgs+plan.MaxOuts-len(ch.Args)-len(ch.Outs)))...)
	for _, in := range sources {
		e.source(in)
	}
	return e.b
}

const (
	instrBytes    = 16
	registerBytes = 16 * 128 // of all threads of a block
)

// instr writes a struct Instr.
func (e *encoder) instr(in plan.Instr, drawn int) {
	rs, n := in.Reads()
	b := rs[1] * registerBytes
	switch {
	case in.Kind == plan.Load:
		b = in.A
	case in.Kind == plan.Store:
		b = len(e.ch.Args) + in.A
	case in.Kind.Random():
		b = drawn
	case n < 2:
		b = int(math.Float32bits(float32(in.Imm)))
	}
	for _, v := range []int{code(in.Kind), in.Dst * registerBytes, rs[0] * registerBytes, b} {
		e.word(v)
	}
}

// view writes a struct View.
func (e *encoder) view(a plan.Arg) {
	v := a.View
	half := e.half != nil && e.half(a.Value)
	p := e.addr(a.Value) + driver.Ptr(4*v.Off)
	if half {
		p = e.addr(a.Value) + driver.Ptr(2*v.Off)
	}
	var dims, strides []int
	reach := 0
	for k := range v.Axes {
		if v.Dims[k] > 1 {
			dims, strides = append(dims, v.Dims[k]), append(strides, v.Strides[k])
			reach += (v.Dims[k] - 1) * v.Strides[k]
		}
	}
	if len(dims) == 0 {
		dims, strides = []int{1}, []int{1}
	}
	e.overflow = e.overflow || reach > math.MaxUint32
	e.pointer(p)
	m := mode(p, dims, strides)
	if half {
		m += modeHalf
	}
	e.word(int(m))
	e.word(len(dims))
	var mul, shift [plan.MaxAxes]int
	for k, d := range dims {
		mul[k], shift[k] = divisor(d)
	}
	for _, row := range [][]int{dims, mul[:len(dims)], shift[:len(dims)], strides} {
		for k := range plan.MaxAxes {
			if k < len(row) {
				e.word(row[k])
			} else {
				e.word(0)
			}
		}
	}
}

// mode says how four neighbours of a view at p lie.
func mode(p driver.Ptr, dims, strides []int) viewMode {
	last := len(dims) - 1
	aligned := p%16 == 0
	for _, s := range strides[:last] {
		aligned = aligned && s%4 == 0
	}
	switch {
	case last == 0 && strides[0] == 1 && aligned:
		return modePlain
	case last == 0 && strides[0] == 0:
		return modeSplat
	case dims[last]%4 == 0 && strides[last] == 1 && aligned:
		return modeRows
	case dims[last]%4 == 0 && strides[last] == 0:
		return modeSplat
	}
	return modeAny
}

// divisor is dev.cuh's Divisor of d.
func divisor(d int) (mul, shift int) {
	s := bits.Len(uint(d - 1))
	if d == 1 {
		s = 0
	}
	return int(((1<<(31+s) + uint64(d) - 1) / uint64(d)) & math.MaxUint32), max(0, s-1)
}

// source writes a struct Source.
func (e *encoder) source(in plan.Instr) {
	rows := e.ch.Args[in.A]
	e.pointer(e.addr(rows.Value) + driver.Ptr(4*rows.View.Off))
	mul, shift := divisor(in.Row)
	for _, v := range []uint64{uint64(in.Row), uint64(mul), uint64(shift), uint64(in.Purpose), in.Seed,
		in.Seed >> 32} {
		e.word(int(v & math.MaxUint32))
	}
}
