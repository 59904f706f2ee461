//go:build !linux

package kernels

// threadClock is 0 where there is no clock of a thread.
func threadClock() int64 { return 0 }
