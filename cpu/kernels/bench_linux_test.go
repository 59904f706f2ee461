package kernels

import "golang.org/x/sys/unix"

// threadClock is the processor time of this thread in nanoseconds.
func threadClock() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return t.Nano()
}
