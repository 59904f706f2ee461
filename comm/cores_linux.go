package comm

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cores are those that this process may use, by number, and how many the machine has.
func cores() (mine []int, all int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) == nil {
		for c := range len(set) * 64 {
			if set.IsSet(c) {
				mine = append(mine, c)
			}
		}
	}
	if mine == nil { // more cores than the set has room for
		for c := range runtime.NumCPU() {
			mine = append(mine, c)
		}
	}
	all = online()
	return mine, max(all, len(mine))
}

// online counts the machine's cores in a list of ranges such as 0-7,9.
func online() (n int) {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return runtime.NumCPU()
	}
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, e1 := strconv.Atoi(first)
		b, e2 := strconv.Atoi(last)
		if e1 != nil || e2 != nil || b < a {
			return runtime.NumCPU()
		}
		n += b - a + 1
	}
	return n
}
