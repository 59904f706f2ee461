package cpu

import "golang.org/x/sys/unix"

// machineBytes is the memory and swap of this machine; 0 where it cannot tell. A
// limit that a container has below that is not seen.
func machineBytes() uint64 {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return 0
	}
	return (uint64(s.Totalram) + uint64(s.Totalswap)) * uint64(s.Unit)
}
