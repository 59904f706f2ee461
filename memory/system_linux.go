package memory

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// system is what the machine and the containers on it let this process have.
func system() []Limit {
	var s unix.Sysinfo_t
	if unix.Sysinfo(&s) != nil {
		return nil
	}
	swap := uint64(s.Totalswap) * uint64(s.Unit)
	limits := []Limit{{Bytes: uint64(s.Totalram)*uint64(s.Unit) + swap, By: "the machine has"}}
	limits = append(limits, containers(os.DirFS("/"), swap)...)
	used, _ := heap()
	for i := range limits {
		limits[i].Used = used
	}
	return limits
}

// resources are the limits that ulimit sets to addresses and to data. The runtime
// holds more addresses than memory, and those count.
func resources() []Limit {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return nil
	}
	var size, resident, shared, code, library, data uint64 // in pages
	if _, err := fmt.Sscan(string(text), &size, &resident, &shared, &code, &library, &data); err != nil {
		return nil
	}
	_, free := heap()
	var limits []Limit
	for _, r := range []struct {
		what int
		used uint64
		by   string
	}{{unix.RLIMIT_AS, size, "ulimit -v allows"}, {unix.RLIMIT_DATA, data, "ulimit -d allows"}} {
		var l unix.Rlimit
		if unix.Getrlimit(r.what, &l) == nil && l.Cur != unix.RLIM_INFINITY {
			used := r.used * uint64(os.Getpagesize())
			limits = append(limits, Limit{Bytes: l.Cur, Used: used - min(free, used), By: r.by})
		}
	}
	return limits
}
