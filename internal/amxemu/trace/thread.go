//go:build linux && amd64

package trace

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/stillfield/stillfield/internal/amxemu"
)

// thread is one thread of the program, with the tiles of its own.
type thread struct {
	*process
	tid      int
	starting bool // it has been told of, but has not stopped yet
	tiles    amxemu.Tiles
	stack    uint64 // size of its signal stack
	back     uint64 // where the call that configured the tiles returns to, if it is watched
	since    int    // tile instructions since SignalEvery sent the last signal
}

// The codes of signals that the tracer makes or knows.
const (
	notMapped  = 1    // SEGV_MAPERR
	fromKernel = 0x80 // SI_KERNEL
	breakpoint = 4    // TRAP_HWBKPT
)

// illegal handles SIGILL: it executes the tile instructions that the thread stands at, up to the next
// instruction of another kind, and returns the signal that the thread is to get, or 0.
func (t *tracer) illegal(th *thread) (syscall.Signal, error) {
	s, err := info(th.tid)
	if err != nil {
		return 0, err
	}
	var r syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(th.tid, &r); err != nil {
		return 0, err
	}
	if s.code() <= 0 || s.address() != r.Rip {
		return syscall.SIGILL, nil // somebody sent it
	}
	if original, ok := th.patched[r.Rip]; ok {
		t.identify(&r, original)
		return 0, syscall.PtraceSetRegs(th.tid, &r)
	}
	if _, known := th.decode(r.Rip); !known {
		return syscall.SIGILL, nil
	}
	g := registers(&r)
	if in, err := t.advance(th, &r, &g); err != nil {
		return t.refuse(th, in, &r, err)
	}
	return 0, syscall.PtraceSetRegs(th.tid, &r)
}

// registers are the general registers by their numbers in instructions.
func registers(r *syscall.PtraceRegs) amxemu.Registers {
	return amxemu.Registers{r.Rax, r.Rcx, r.Rdx, r.Rbx, r.Rsp, r.Rbp, r.Rsi, r.Rdi,
		r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15}
}

// advance executes tile instructions and what Glue knows until an instruction of another kind, a signal
// that is due, or an error of the instruction that it returns. Registers in r and g agree before and
// after.
func (t *tracer) advance(th *thread, r *syscall.PtraceRegs, g *amxemu.Registers) (amxemu.Instruction, error) {
	var in amxemu.Instruction
	const mostGlue = 64 // a loop without tile instructions is left to the processor
	for glue := 0; glue < mostGlue; glue++ {
		known := false
		if in, known = th.decode(r.Rip); known {
			if err := t.execute(th, in, r, g); err != nil {
				return in, err
			}
			r.Rip += uint64(in.Length)
			if t.interrupts(th) {
				break
			}
			glue = 0
			continue
		}
		next, ok := amxemu.Glue(th.code(r.Rip), g, &r.Eflags)
		if !ok {
			break
		}
		r.Rip += uint64(next)
		r.Rax, r.Rcx, r.Rdx, r.Rbx = g[0], g[1], g[2], g[3]
		r.Rsp, r.Rbp, r.Rsi, r.Rdi = g[4], g[5], g[6], g[7]
		r.R8, r.R9, r.R10, r.R11 = g[8], g[9], g[10], g[11]
		r.R12, r.R13, r.R14, r.R15 = g[12], g[13], g[14], g[15]
	}
	return in, nil
}

// decode reads the tile instruction at an address.
func (th *thread) decode(at uint64) (amxemu.Instruction, bool) {
	if code := th.code(at); code != nil {
		return amxemu.Decode(code)
	}
	const longest = 10
	var b [longest]byte
	if th.memory.Read(b[:], 1, at, 0) != nil {
		return amxemu.Instruction{}, false
	}
	return amxemu.Decode(b[:])
}

// identify answers CPUID or XGETBV.
func (t *tracer) identify(r *syscall.PtraceRegs, original string) {
	r.Rip += uint64(len(original))
	if original == string(identifying[1].original) {
		v := t.xcr0()
		r.Rax, r.Rdx = v&0xffffffff, v>>32
		return
	}
	v := t.cpuid(uint32(r.Rax), uint32(r.Rcx))
	r.Rax, r.Rbx, r.Rcx, r.Rdx = uint64(v[EAX]), uint64(v[EBX]), uint64(v[ECX]), uint64(v[EDX])
}

// errUnasked is why an instruction is refused that would use tile data.
var errUnasked = fmt.Errorf("no permission to use tile data was given: %w", amxemu.ErrUndefined)

// execute runs one tile instruction.
func (t *tracer) execute(th *thread, in amxemu.Instruction, r *syscall.PtraceRegs,
	g *amxemu.Registers) error {
	if t.Omit>>in.Op&1 == 1 {
		return nil
	}
	if t.HideState&(tileConfig|tileData) != 0 {
		return fmt.Errorf("the system does not save tiles: %w", amxemu.ErrUndefined)
	}
	if in.Op.UsesData() && !th.permission {
		return errUnasked
	}
	if err := th.tiles.Execute(in, g, r.Rip+uint64(in.Length), th.memory); err != nil {
		return err
	}
	switch in.Op {
	case amxemu.LoadConfig:
		t.Config++
	case amxemu.Zero:
		t.Zero++
	case amxemu.Load, amxemu.LoadOnce:
		t.Load++
	case amxemu.Store:
		t.Store++
	case amxemu.DotBF16:
		t.Dot++
	}
	if (in.Op == amxemu.LoadConfig || in.Op == amxemu.Release) && !t.Keep {
		return t.watch(th, r)
	}
	return nil
}

// refuse gives the thread the signal that the system makes of an exception.
func (t *tracer) refuse(th *thread, in amxemu.Instruction, r *syscall.PtraceRegs, why error) (syscall.Signal,
	error) {
	if err := syscall.PtraceSetRegs(th.tid, r); err != nil {
		return 0, err
	}
	fmt.Fprintf(t.log, "amxemu: %v in %s: %v\n", in.Op, th.function(r.Rip), why)
	var fault *amxemu.Fault
	switch {
	case errors.As(why, &fault):
		return syscall.SIGSEGV, tell(th.tid, syscall.SIGSEGV, notMapped, fault.Address)
	case errors.Is(why, amxemu.ErrProtection):
		return syscall.SIGSEGV, tell(th.tid, syscall.SIGSEGV, fromKernel, 0)
	case errors.Is(why, amxemu.ErrUndefined):
		const operand = 2 // ILL_ILLOPN
		return syscall.SIGILL, tell(th.tid, syscall.SIGILL, operand, r.Rip)
	}
	return 0, why
}

// interrupts sends the signal that is due, which the thread then meets before its next instruction.
func (t *tracer) interrupts(th *thread) bool {
	if th.since++; t.SignalEvery == 0 || th.since < t.SignalEvery {
		return false
	}
	th.since = 0
	t.Signals++
	return syscall.Tgkill(int(th.memory), th.tid, syscall.SIGURG) == nil
}

// watch sees to it that the thread stops when it returns from the call that has configured tiles.
func (t *tracer) watch(th *thread, r *syscall.PtraceRegs) error {
	if !th.tiles.Configured() {
		if th.back == 0 {
			return nil
		}
		th.back = 0
		return breakAt(th.tid, 0)
	}
	back, err := th.word(r.Rsp)
	if err == nil && th.calls(back, r.Rip) {
		err = breakAt(th.tid, back)
	} else {
		err = errors.New("its frame is not empty")
	}
	if th.back = back; err != nil {
		th.back = 0
		if t.Unwatched++; t.Unwatched == 1 {
			fmt.Fprintf(t.log, "amxemu: the return of %s cannot be watched: %v\n", th.function(r.Rip), err)
		}
	}
	return nil
}

// returned handles SIGTRAP, which is the thread's own unless it comes from watch.
func (t *tracer) returned(th *thread) (syscall.Signal, error) {
	s, err := info(th.tid)
	if err != nil || th.back == 0 || s.code() != breakpoint || s.address() != th.back {
		return syscall.SIGTRAP, err
	}
	t.Left++
	fmt.Fprintf(t.log, "amxemu: tiles are configured at the return to %s\n", th.function(th.back))
	if th.back = 0; t.Stale {
		th.tiles.Poison()
	} else {
		th.tiles = amxemu.Tiles{}
	}
	return 0, breakAt(th.tid, 0)
}
