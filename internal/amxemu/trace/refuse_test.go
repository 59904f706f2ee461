//go:build linux && amd64

package trace

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/internal/amxemu/tilecall"
)

// page is memory for tiles to be loaded from.
var page [4096]byte

// modeVariable tells TestMode which of modes it is to be.
const modeVariable = "AMXEMU_MODE"

// modes are what a program does wrong, or meets, in a process of its own, and what its output then has.
var modes = []struct {
	name    string
	options Options
	do      func()
	want    []string
}{
	{"a tile without permission", Options{}, func() {
		tilecall.LoadConfig(config(16, 16, 16))
		fmt.Println("configured")
		tilecall.Zero()
	}, []string{"configured", "amxemu: TILEZERO in", "no permission", "SIGILL: illegal instruction"}},
	{"a tile that was refused", Options{Refuse: syscall.EPERM}, func() {
		fmt.Println("asked:", request(tileNumber), allowed()&tileData)
		tilecall.LoadConfig(config(16, 16, 16))
		tilecall.Zero()
	}, []string{"asked: operation not permitted 0", "SIGILL"}},
	{"permission that is withheld", Options{Withhold: true}, func() {
		fmt.Println("asked:", request(tileNumber), allowed()&tileData)
	}, []string{"asked: errno 0 0"}},
	{"other components", Options{}, func() {
		fmt.Println("asked:", request(17), request(18), request(19), allowed()&tileData == tileData)
	}, []string{"asked: operation not supported errno 0 invalid argument true"}},
	{"a system that saves no tiles", Options{HideState: tileData}, func() {
		fmt.Println("asked:", request(tileNumber))
		tilecall.LoadConfig(config(16, 16, 16))
	}, []string{"asked: operation not supported", "the system does not save tiles", "SIGILL"}},
	{"no configuration", Options{}, func() {
		request(tileNumber)
		tilecall.Zero()
	}, []string{"no tile is configured", "SIGILL"}},
	{"shapes that disagree", Options{Keep: true}, func() {
		request(tileNumber)
		c := config(4, 4, 4)
		c[48]++
		tilecall.LoadConfig(c)
		tilecall.Dot()
	}, []string{"TDPBF16PS in", "5×16, 4×16, 4×16", "SIGILL"}},
	{"a configuration that is not allowed", Options{}, func() {
		request(tileNumber)
		tilecall.LoadConfig(&[64]byte{0: 1, 48: 1})
	}, []string{"LDTILECFG in", "tile 0 of 1 rows of 0 bytes", "SIGSEGV", "code=0x80 addr=0x0"}},
	{"memory that is not there", Options{Keep: true}, func() {
		request(tileNumber)
		tilecall.LoadConfig(config(3, 16, 16))
		debug.SetPanicOnFault(true)
		defer func() { fmt.Println("recovered:", recover()) }()
		tilecall.LoadC(unsafe.Pointer(&page), 1<<40)
	}, []string{"TILELOADD in", "page fault at 0x1", "recovered: runtime error: invalid memory address"}},
	{"tiles kept for the next call", Options{}, func() {
		request(tileNumber)
		runtime.LockOSThread()
		tilecall.LoadConfig(config(16, 16, 16))
		tilecall.Zero()
	}, []string{"tiles are configured at the return to", "no tile is configured", "SIGILL"}},
	{"tiles kept, and used by another", Options{Stale: true}, func() {
		request(tileNumber)
		runtime.LockOSThread()
		tilecall.LoadConfig(config(1, 1, 1))
		page = [4096]byte{}
		tilecall.StoreC(unsafe.Pointer(&page), 0)
		fmt.Println("C is", page[:5])
	}, []string{"tiles are configured at the return to", "C is [255 255 255 255 0]",
		fmt.Sprintf("exit status %d", statusLeft)}},
	{"a signal stack too small for tiles", Options{}, func() { smallStack(false) },
		[]string{"stack: errno 0", "asked: no space left on device"}},
	{"tiles, and then such a stack", Options{}, func() { smallStack(true) },
		[]string{"asked: errno 0", "stack: cannot allocate memory"}},
	{"a sandbox", Options{}, func() {
		fmt.Println("filter:", forbid(syscall.SYS_ARCH_PRCTL))
		fmt.Println("asked:", request(tileNumber))
	}, []string{"filter: errno 0", "asked: operation not permitted"}},
}

// smallStack gives the thread a signal stack of 8 KiB before or after the request.
func smallStack(after bool) {
	debug.SetGCPercent(-1)
	runtime.LockOSThread()
	if after {
		fmt.Println("asked:", request(tileNumber))
	}
	type stack struct {
		start unsafe.Pointer
		flags int32
		size  uint64
	}
	s, old := stack{unsafe.Pointer(&make([]byte, 8192)[0]), 0, 8192}, stack{}
	_, _, e := syscall.RawSyscall(syscall.SYS_SIGALTSTACK, uintptr(unsafe.Pointer(&s)),
		uintptr(unsafe.Pointer(&old)), 0)
	fmt.Println("stack:", e)
	if !after {
		fmt.Println("asked:", request(tileNumber))
	}
	os.Exit(0)
}

// forbid has seccomp answer EPERM to a system call, as the sandbox of a container may.
func forbid(call uint32) syscall.Errno {
	const allThreads, deny = 1, 0x00050001
	steps := []filterStep{{load, 0, 0, numberAt}, {equal, 0, 1, call}, {give, 0, 0, deny},
		{give, 0, 0, permitted}}
	program := struct {
		n uint16
		p unsafe.Pointer
	}{uint16(len(steps)), unsafe.Pointer(&steps[0])}
	runtime.LockOSThread()
	syscall.RawSyscall(syscall.SYS_PRCTL, noNewPrivileges, 1, 0)
	_, _, e := syscall.RawSyscall(seccompCall, filterMode, allThreads, uintptr(unsafe.Pointer(&program)))
	return e
}

// TestMode is a process of TestModes.
func TestMode(t *testing.T) {
	for _, m := range modes {
		if m.name == os.Getenv(modeVariable) {
			m.do()
			return
		}
	}
	t.Skip("TestModes runs it")
}

// TestModes: what the system and the processor refuse arrives as they send it.
func TestModes(t *testing.T) {
	if Hardware() {
		t.Skip("this machine has AMX: its processor would execute what the emulator is to see")
	}
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			r := Rerun(t, m.options, "^TestMode$", modeVariable+"="+m.name)
			output := fmt.Sprintln(r.Output, r.Err)
			for _, want := range m.want {
				if !strings.Contains(output, want) {
					t.Fatalf("no %q in\n%s", want, output)
				}
			}
		})
	}
}

// TestForbidden: where the system forbids ptrace, or the filter that the tracer needs, the tracer ends
// with the status by which tests are skipped.
func TestForbidden(t *testing.T) {
	calls := map[string]uint32{"ptrace": syscall.SYS_PTRACE, "seccomp": seccompCall}
	if name := os.Getenv(modeVariable); name != "" {
		fmt.Println("filter:", forbid(calls[name]))
		os.Unsetenv(modeVariable)
		os.Exit(Main(Options{}, "/proc/self/exe", []string{os.Args[0], "-test.run=^TestMode$"}))
	}
	for name := range calls {
		c := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestForbidden$")
		c.Env = append(os.Environ(), modeVariable+"="+name)
		output, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		if status := c.ProcessState.ExitCode(); status != statusRefused ||
			!strings.Contains(string(output), "trace: the system refuses ptrace") {
			t.Errorf("without %s: status %d, want %d, and\n%s", name, status, statusRefused, output)
		}
	}
}
