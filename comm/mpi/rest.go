package mpi

import (
	"runtime"
	"time"
)

// Between two tests of what the library has started, where somebody waits, first other threads
// may run, so that a short collective costs microseconds, and then the core is left for a
// moment at a time. Where nobody waits the program computes, and a test now and then is enough
// to keep data moving.
const (
	yields  = 200
	shortly = 20 * time.Microsecond
	waiting = 50 * time.Microsecond  // the longest rest while somebody waits
	longest = 500 * time.Microsecond // and while nobody does
)

// rest waits between test number idle of a row that found nothing done and the next.
func rest(idle int, awaited bool) {
	limit := longest
	if awaited {
		if idle < yields {
			runtime.Gosched()
			yield()
			return
		}
		idle, limit = idle-yields, waiting
	}
	time.Sleep(min(limit, shortly<<min(idle, 5)))
}
