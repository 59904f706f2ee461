package bf16

import (
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/cpu"
)

// The state components of AMX, configuration and data, in what XGETBV says that the system saves.
const tileState = 1<<17 | 1<<18

// errNoAMX is what a processor without AMX is told apart by from one whose AMX is not to be had.
var errNoAMX = errors.New("the processor has no AMX-BF16")

// amx is nil if this process may use AMX, else why it may not. It asks once, for the permission is the
// whole process's, of threads that run already and of those to come.
var amx = sync.OnceValue(findAMX)

// AMXRefused is why AMX, which the processor has, is not among the Forms: the system does not save its tiles,
// as under some hypervisors, or refuses their use. It is nil where AMX is used, and where there is none.
func AMXRefused() error {
	if err := amx(); !errors.Is(err, errNoAMX) {
		return err
	}
	return nil
}

// findAMX reads what the processor says and what the system saves, and asks the system for permission: Linux
// sends SIGILL, which is fatal, at the first use of a tile without.
func findAMX() error {
	if !cpu.X86.HasAMXTile || !cpu.X86.HasAMXBF16 {
		return errNoAMX
	}
	if _, _, c, _ := cpuid(1, 0); c>>27&1 == 0 { // OSXSAVE: XGETBV exists
		return errors.New("AMX: the system saves no extended state")
	}
	if s := xgetbv(); s&tileState != tileState {
		return fmt.Errorf("AMX: the system saves state %#x, want that of tiles too, %#x", s, tileState)
	}
	if top, _, _, _ := cpuid(0, 0); top < 0x1d {
		return fmt.Errorf("AMX: CPUID has leaves up to %#x, want 0x1d, which describes tiles", top)
	}
	_, b, c, _ := cpuid(0x1d, 1)
	if count, row, rows := b>>16, b&0xffff, c&0xffff; count < 8 || row != 4*tileWords || rows != tileRows {
		return fmt.Errorf("AMX: %d tiles of %d rows of %d bytes, want 8 of %d of %d", count, rows, row,
			tileRows, 4*tileWords)
	}
	return askAMX()
}

// cpuid is the CPUID instruction.
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

// xgetbv is the XGETBV instruction: the state components that the system saves.
func xgetbv() uint64
