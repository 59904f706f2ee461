//go:build !linux

package cpu

// machineBytes is 0: unknown.
func machineBytes() uint64 { return 0 }
