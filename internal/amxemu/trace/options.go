package trace

import (
	"encoding/binary"
	"syscall"
)

// A Register is one of the four that CPUID answers in.
type Register int

// In the order of the instruction's description.
const (
	EAX Register = iota
	EBX
	ECX
	EDX
)

// An Edit changes what CPUID says: bits of one register at a leaf are cleared, then others set.
type Edit struct {
	Leaf, Sub  uint32
	Register   Register
	Clear, Set uint32
}

// Vendor are the edits that give the processor a maker: 12 letters, like GenuineIntel.
func Vendor(name string) []Edit {
	var es []Edit
	for i, r := range []Register{EBX, EDX, ECX} {
		letters := binary.LittleEndian.Uint32([]byte(name[4*i:]))
		es = append(es, Edit{Register: r, Clear: ^uint32(0), Set: letters})
	}
	return es
}

// Options say what kind of machine and system the program meets. The zero value is one with AMX that
// grants its use.
type Options struct {
	Refuse    syscall.Errno // the error of the request for permission to use tiles; 0 for none
	Withhold  bool          // the request succeeds but gives no permission
	CPUID     []Edit        // changes to what CPUID says
	HideState uint64        // components missing from XCR0, as where a hypervisor does not save them

	// SignalEvery sends SIGURG, which Go's runtime preempts goroutines by, to the thread that has
	// executed so many tile instructions since the last; 0 sends none.
	SignalEvery int

	// Stale leaves the tiles configured, but with other values, when a thread returns from the call
	// that configured them: as if another goroutine had used the thread in between. Otherwise
	// nothing is configured after the call: as if the goroutine had moved to another thread.
	Stale bool

	// Keep watches no return: it is for a program that calls tile instructions one by one on a thread
	// of its own.
	Keep bool

	// Omit are tile instructions that are not executed, as if the program lacked them: bits 1<<op.
	Omit uint64

	// Mutants are changes to the program's code before it begins.
	Mutants []Mutant
}

// A Mutant replaces bytes of a function: those that Old finds first, by as many others.
type Mutant struct {
	Function string // with its package: bf16.amx2x2
	Old, New []byte
}

// Counters are what the program has done so far.
type Counters struct {
	Config, Zero, Load, Store, Dot uint64 // LDTILECFG, TILEZERO, TILELOADD, TILESTORED, TDPBF16PS
	Requests                       uint64 // for permission
	Signals                        uint64 // that SignalEvery sent
	Left                           uint64 // returns from a call with tiles configured
	Unwatched                      uint64 // calls whose return could not be watched
}

// Outcome is how tests went on the emulator.
type Outcome struct {
	Output   string // of the tests and of the tracer
	Err      error  // of the exit status, if that is not 0
	Counters        // of all they did
}
