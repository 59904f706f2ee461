package emu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// lanes is the width of a warp.
const lanes = 32

const fullMask = 0xffffffff

// instKind selects how the interpreter runs an instruction.
type instKind uint8

const (
	kindRow    instKind = iota // exec writes a row, merged under the mask
	kindPred                   // test yields a mask for one or two predicates
	kindEffect                 // do runs, with the mask of lanes
	kindBranch                 // target, join
	kindTable                  // brx.idx
	kindCall
	kindReturn // end of a function: where its lanes meet
	kindExit
	kindBarrier
	kindNop
)

// An inst is a decoded instruction. Operands are byte offsets of rows in the
// warp's register file or numbers of predicates; literals and special registers
// are rows too, so no operand needs its kind looked at when it runs.
type inst struct {
	exec       func(w *warp, in *inst, d unsafe.Pointer)
	do         func(w *warp, in *inst, mask uint32)
	test       func(w *warp, in *inst) uint32
	d, a, b, c uint32
	imm        int64
	guard      int32  // predicate that enables a lane; 0 is always true
	flip       uint32 // all ones when the guard is negated
	target     int32  // of a branch or call
	join       int32  // where lanes that part here meet; −1 is nowhere
	line, loc  int32  // of the PTX text; an index into Module.Places
	kind       instKind
	wide       bool  // the destination row has 64-bit values
	flops      uint8 // float32 operations of a lane
	pure       bool  // a copy or a literal, which may pass on a register that was never written
	size       uint8 // bytes of one value in memory
	vec        uint8 // values of one access
	narrow     bool  // the address register has 32 bits
	slot       int32 // of a shared access: index of its bank pattern
	x          *extra
	track      *tracking // nil for most
}

// extra is the part of an instruction that few need.
type extra struct {
	regs []uint32 // rows: destinations first
	wide []bool   // of regs
	typ  ptx.Type
	sp   ptx.Space
	ordering
	half    bool // a destination of 16 bits
	combine combineOp
	p, q    int32 // second predicates; −1 for none
	notP    uint32
	table   []int32
	barrier *barrierOp
	copies  []paramCopy
	offset  int64 // of a second address
	wgmma   *wgmmaShape
}

// ordering is what an access of memory says about its place among others.
type ordering struct {
	strong           bool // volatile, relaxed, …: may meet those of other blocks
	acquire, release bool // between blocks
}

// program is one kernel, decoded, with the functions it calls behind it.
type program struct {
	name        string
	mod         *loadedModule
	code        []inst
	rowBytes    uint32 // bytes of a warp's rows
	preds       int32
	consts      map[constKey]uint32
	specials    map[string]uint32
	specialRows []specialRow
	params      []*ptx.Variable
	paramAt     []int // offset of each parameter
	paramBytes  int
	sharedVars  []placed
	sharedReal  int // bytes as the driver reports them
	sharedEmu   int // bytes with the gaps between variables
	dynAlign    int
	slots       int32 // instructions that may access shared memory
	usesDyn     bool
	localBytes  int
	stackRow    uint32 // of stack pointers; 0 for a program without alloca
	stackAt     int    // where the stack begins in local memory
	frameBytes  int    // parameters of the functions it calls
	maxThreads  int
	sharedLog   uint     // log2 of the narrowest shared access
	named       bool     // uses barriers of part of the block
	atomics     bool     // writes what other blocks may write
	later       []func() // analyses of functions, done for kernels that are asked for
	tracked     []string // registers that may be read before they are written
	scratch     []uint32 // rows that wgmma works in
	held        []string // registers that some wgmma reads or writes
}

// constKey is a literal: its bits, and whether it has 64 of them.
type constKey struct {
	bits uint64
	wide bool
}

// placed is a shared variable with its offset in the emulated block.
type placed struct {
	v   *ptx.Variable
	off int
}

// rowOf views a row of the register file as 32 values of T.
func rowOf[T any](w *warp, off uint32) *[lanes]T {
	return (*[lanes]T)(unsafe.Add(w.rows, off))
}

// specialRow is the row of a special register.
type specialRow struct {
	name     string
	row      uint32
	wide     bool
	perBlock bool
}
