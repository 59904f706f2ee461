package mpi

import (
	"runtime"
	"time"
)

// Between two tests of what the library has started, first other threads may run, so that a
// short collective costs microseconds, and then the core is left to whoever computes on it: a
// test twice in a millisecond is enough to keep long ones going.
const (
	yields  = 200
	shortly = 20 * time.Microsecond
	longest = 500 * time.Microsecond
)

// rest waits between test number idle of a row that found nothing done and the next.
func rest(idle int) {
	if idle < yields {
		runtime.Gosched()
		yield()
		return
	}
	time.Sleep(min(longest, shortly<<min(idle-yields, 8)))
}
