package kernels

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Launch is one piece of work on a stream: a kernel with its arguments, or,
// where Kernel is nil, a copy of Bytes from Src to Dst, or, where Src is 0 too,
// the setting of Bytes at Dst to zero.
type Launch struct {
	Kernel      *Kernel
	Grid, Block [3]uint32
	Shared      uint32 // bytes of dynamic shared memory
	Args        []uint64

	Dst, Src driver.Ptr
	Bytes    uint64

	Step int // List.Step when it was added
}

// Name is the kernel's name, "copy" or "zero".
func (l *Launch) Name() string {
	switch {
	case l.Kernel != nil:
		return l.Kernel.Name
	case l.Src != 0:
		return "copy"
	}
	return "zero"
}

// List is work in order. Workspace and Constants are the addresses of memory
// that the caller provides; how much of each the list needs is known once it is
// complete, so a caller makes it once to measure and again to run. A launch that
// no device could take sets Err and is not added.
type List struct {
	Precision       plan.Precision
	RowsIndependent bool       // see plan.Plan
	Workspace       driver.Ptr // scratch memory, free between operators
	Constants       driver.Ptr // where Data will be
	Copies          []BF16Copy // for products in bfloat16 to read, and AdamW to write
	// MostBlocks bounds the grids of kernels whose blocks take turns at their work, below the
	// bound that each has; 0 is for no other. What is computed does not depend on it.
	MostBlocks int
	Hopper     bool // the device is of compute capability 9.0, and its own kernels may be used
	// Multiprocessors is how many there are, which are as many persistent blocks as run at a
	// time; 0 is for as many as an H100 has. What is computed does not depend on it.
	Multiprocessors int
	// Half says what of the operators to come is bfloat16 in memory.
	Half Half

	Launches []Launch
	Scratch  uint64 // bytes of workspace that the operators need
	Data     []byte // to be copied to Constants
	Err      error
	Step     int // stamped on launches
}

// A BF16Copy is a copy in bfloat16, at At, of the N floats at Of.
type BF16Copy struct {
	Of, At driver.Ptr
	N      int
}

// copyOf is where the copy of what lies at p is, or 0 if there is none.
func (l *List) copyOf(p driver.Ptr) driver.Ptr {
	for _, r := range l.Copies {
		if p >= r.Of && p < r.Of+driver.Ptr(4*r.N) {
			return r.At + (p-r.Of)/2
		}
	}
	return 0
}

// maxGridYZ is how many blocks a grid may have along its second and third axis.
const maxGridYZ = 65535

// launch adds a kernel on grid × block threads.
func (l *List) launch(name string, grid [3]int, block, shared int, args ...any) {
	k := find(name)
	ln := Launch{Kernel: k, Block: [3]uint32{uint32(block), 1, 1}, Shared: uint32(shared), Step: l.Step}
	for i, g := range grid {
		if g < 1 || g > math.MaxInt32 || i > 0 && g > maxGridYZ {
			l.fail("%s: grid %v, want at most 2³¹ − 1 × %d × %d blocks", name, grid, maxGridYZ, maxGridYZ)
			return
		}
		ln.Grid[i] = uint32(g)
	}
	if block > k.Block || len(args) != len(k.Params) {
		panic("kernels: a launch does not fit its kernel")
	}
	for i, a := range args {
		ln.Args = append(ln.Args, l.word(k, i, a))
	}
	l.Launches = append(l.Launches, ln)
}

// word is argument i of k in the low bytes of one word.
func (l *List) word(k *Kernel, i int, a any) uint64 {
	switch v := a.(type) {
	case driver.Ptr:
		if k.Params[i] == 'p' {
			return uint64(v)
		}
	case int:
		if k.Params[i] == 'i' {
			if v < 0 || v > math.MaxInt32 {
				l.fail("%s: parameter %d is %d, want at most 2³¹ − 1", k.Name, i, v)
			}
			return uint64(uint32(v))
		}
	case float64:
		if k.Params[i] == 'f' {
			return uint64(math.Float32bits(float32(v)))
		}
	}
	panic("kernels: an argument is not of its parameter's type")
}

// fail keeps the first error.
func (l *List) fail(format string, args ...any) {
	if l.Err == nil {
		l.Err = fmt.Errorf("kernels: "+format, args...)
	}
}

// Copy adds a copy of n floats.
func (l *List) Copy(dst, src driver.Ptr, n int) {
	l.Launches = append(l.Launches, Launch{Dst: dst, Src: src, Bytes: 4 * uint64(n), Step: l.Step})
}

// Zero adds the setting of n floats to zero.
func (l *List) Zero(dst driver.Ptr, n int) {
	l.Launches = append(l.Launches, Launch{Dst: dst, Bytes: 4 * uint64(n), Step: l.Step})
}

// scratch returns the address of n floats of workspace; an operator asks once.
func (l *List) scratch(n int) driver.Ptr {
	l.Scratch = max(l.Scratch, 4*uint64(n))
	return l.Workspace
}

// constant returns the address that b will have on the device.
func (l *List) constant(b []byte) driver.Ptr {
	const align = 256
	for len(l.Data)%align != 0 {
		l.Data = append(l.Data, 0)
	}
	p := l.Constants + driver.Ptr(len(l.Data))
	l.Data = append(l.Data, b...)
	return p
}

// turns is how many blocks take turns at n pieces of work, each of them at as many at a time
// as each says: as many blocks as there is work for, at most most.
func (l *List) turns(n, each, most int) int {
	if l.MostBlocks > 0 {
		most = min(most, l.MostBlocks)
	}
	return min(ceil(n, each), most)
}

// ceil is n/d rounded up, roundUp the next multiple of unit.
func ceil(n, d int) int       { return (n + d - 1) / d }
func roundUp(n, unit int) int { return ceil(n, unit) * unit }

// blockThreads is how many threads a block has for n elements: whole warps, at most most.
func blockThreads(n, most int) int { return min(most, roundUp(n, 32)) }
