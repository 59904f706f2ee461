//go:build linux && amd64

package trace

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The environment of a process: of a tracer, which has its options there, and of what it runs.
const (
	tracerVariable = "AMXEMU_TRACER"
	tracedVariable = "AMXEMU_TRACED"
)

// init makes a process that Under has started a tracer: of the same test binary, with the same arguments.
func init() {
	options, found := os.LookupEnv(tracerVariable)
	if !found {
		return
	}
	runtime.LockOSThread()
	var o Options
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		fmt.Fprintf(os.Stderr, "amxemu: %s: %v\n", tracerVariable, err)
		os.Exit(statusFailed)
	}
	os.Unsetenv(tracerVariable)
	os.Exit(Main(o, "/proc/self/exe", os.Args))
}

// Main runs a program as Run does and returns the status to exit with, having written errors to standard
// error.
func Main(o Options, program string, arguments []string) int {
	runtime.LockOSThread()
	status, err := Run(o, os.Stderr, program, arguments, append(os.Environ(), tracedVariable+"=1"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return status
}

// Traced says whether this process runs on the emulator.
func Traced() bool { return os.Getenv(tracedVariable) != "" }

// Hardware says whether this machine has AMX itself.
func Hardware() bool { return !Traced() && cpu.X86.HasAMXTile && cpu.X86.HasAMXBF16 }

// Under is the first thing that a test does which needs AMX. On the emulator it returns true. Elsewhere it
// runs the test again, in a process on the emulator with these options, passes on how that went, and
// returns false; where the system refuses ptrace it skips the test.
//
// On a machine that has AMX, it returns true if hardware is set, and the test runs on the processor
// itself; if it is not set, the test is one of the emulator or of its refusals, and is skipped.
func Under(t *testing.T, o Options, hardware bool) bool {
	t.Helper()
	switch {
	case Traced():
		return true
	case Hardware() && hardware:
		return true
	case Hardware():
		t.Skip("this machine has AMX: its processor would execute what the emulator is to see")
	}
	r := Rerun(t, o, pattern(t.Name()))
	passed := strings.Contains(r.Output, "--- PASS: "+t.Name()+" ")
	skipped := strings.Contains(r.Output, "--- SKIP: "+t.Name()+" ")
	switch {
	case r.Err != nil || !passed && !skipped:
		t.Fatalf("on the emulator: %v\n%s", r.Err, r.Output)
	case skipped:
		t.Skip(r.Output)
	}
	t.Log(r.Output)
	return false
}

// pattern is what -test.run selects one test by.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// Rerun runs tests of this test binary on the emulator, with more variables in their environment. Where the
// system refuses ptrace it skips the test that calls it.
func Rerun(t *testing.T, o Options, tests string, environment ...string) Outcome {
	t.Helper()
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-test.run=" + tests, "-test.v", "-test.count=1"}
	if testing.Short() {
		arguments = append(arguments, "-test.short")
	}
	c := exec.CommandContext(t.Context(), "/proc/self/exe", arguments...)
	c.Env = append(append(os.Environ(), tracerVariable+"="+string(options)), environment...)
	// The tracer ends with this thread, and what it traces with it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	if c.ProcessState.ExitCode() == statusRefused {
		t.Skipf("SKIPPED, for AMX cannot be emulated here: %s", output)
	}
	r := Outcome{Output: string(output), Err: err}
	if _, line, found := strings.Cut(r.Output, summary); found {
		line, _, _ = strings.Cut(line, "\n")
		if err := json.Unmarshal([]byte(line), &r.Counters); err != nil {
			t.Fatalf("%s%s: %v", summary, line, err)
		}
	}
	return r
}

// Count returns what this process has done so far; false where it does not run on the emulator.
func Count() (c Counters, ok bool) {
	if !Traced() {
		return c, false
	}
	_, _, e := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, readCounters, uintptr(unsafe.Pointer(&c)), 0)
	return c, e == 0
}
