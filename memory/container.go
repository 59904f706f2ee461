package memory

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// containers are the limits of the control groups that the process is in, of both
// versions, from its own up to the root. root is the file system's; swap is what the
// machine has of it, which a group may use where it does not say how much.
func containers(root fs.FS, swap uint64) []Limit {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	var limits []Limit
	add := func(bytes uint64, ok bool, group string) {
		if ok {
			limits = append(limits, Limit{Bytes: bytes, By: "the container (" + group + ") has"})
		}
	}
	for line := range strings.Lines(string(text)) { // 0::/path, or number:controllers:/path
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		v1 := strings.Contains(","+f[1]+",", ",memory,")
		if f[0] != "0" && !v1 {
			continue
		}
		for group := path.Clean("/" + f[2]); ; group = path.Dir(group) {
			if v1 {
				add(versionOne(root, path.Join("sys/fs/cgroup/memory", group), swap, group))
			} else {
				add(versionTwo(root, path.Join("sys/fs/cgroup", group), swap, group))
			}
			if group == "/" {
				break
			}
		}
	}
	return limits
}

// versionOne reads a group with one limit for memory and another for memory and
// swap together.
func versionOne(root fs.FS, dir string, swap uint64, group string) (uint64, bool, string) {
	if both, ok := number(root, path.Join(dir, "memory.memsw.limit_in_bytes")); ok {
		return both, true, group
	}
	most, ok := number(root, path.Join(dir, "memory.limit_in_bytes"))
	return most + swap, ok, group
}

// versionTwo reads a group with limits for memory and for swap.
func versionTwo(root fs.FS, dir string, swap uint64, group string) (uint64, bool, string) {
	most, ok := number(root, path.Join(dir, "memory.max"))
	if own, limited := number(root, path.Join(dir, "memory.swap.max")); limited {
		swap = min(swap, own)
	}
	return most + swap, ok, group
}

// number reads a file with a number of bytes; "max" is none, and so is what version
// one says where there is no limit: about 2⁶³.
func number(root fs.FS, name string) (uint64, bool) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil && n < 1<<62
}
