//go:build !linux || !amd64

package trace

import "testing"

// Traced says whether this process runs on the emulator, which is for Linux and amd64.
func Traced() bool { return false }

// Hardware says whether this machine has AMX itself.
func Hardware() bool { return false }

// Under skips the test: there is no emulator for this system.
func Under(t *testing.T, _ Options, _ bool) bool {
	t.Helper()
	t.Skip("AMX is emulated on Linux and amd64 alone")
	return false
}

// Rerun skips the test.
func Rerun(t *testing.T, _ Options, _ string, _ ...string) Outcome {
	t.Helper()
	t.Skip("AMX is emulated on Linux and amd64 alone")
	return Outcome{}
}

// Count has nothing to return.
func Count() (c Counters, ok bool) { return c, false }
