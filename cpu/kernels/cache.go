package kernels

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Cache is the sizes of the data caches that one core sees, in bytes. They choose how
// much is worked on at a time; no result depends on them.
type Cache struct {
	L1, L2, L3 int
}

// Caches returns the sizes that the operating system reports, or where it does not
// those that the processor reports (amd64), or else 32 KiB, 512 KiB and 8 MiB.
func Caches() Cache {
	c := sysCaches("/sys/devices/system/cpu/cpu0/cache")
	p := cpuidCaches()
	pick := func(sys, own, otherwise int) int {
		switch {
		case sys > 0:
			return sys
		case own > 0:
			return own
		}
		return otherwise
	}
	return Cache{
		L1: pick(c.L1, p.L1, 32<<10),
		L2: pick(c.L2, p.L2, 512<<10),
		L3: pick(c.L3, p.L3, 8<<20),
	}
}

// sysCaches reads dir/index*/{level,type,size}, where Linux lists the caches of a
// core. A level it does not find, or a size outside 4 KiB … 4 GiB, is 0.
func sysCaches(dir string) Cache {
	var c Cache
	indices, _ := filepath.Glob(filepath.Join(dir, "index*"))
	for _, d := range indices {
		read := func(name string) string {
			b, _ := os.ReadFile(filepath.Join(d, name))
			return strings.TrimSpace(string(b))
		}
		if read("type") == "Instruction" {
			continue
		}
		level, _ := strconv.Atoi(read("level"))
		c.set(level, parseSize(read("size")))
	}
	return c
}

// set records the size of one level, if it is believable.
func (c *Cache) set(level, bytes int) {
	if bytes < 4<<10 || bytes > 4<<30 {
		return
	}
	switch level {
	case 1:
		c.L1 = bytes
	case 2:
		c.L2 = bytes
	case 3:
		c.L3 = bytes
	}
}

// parseSize reads "48K", "2M" or "1024"; 0 when it is none of them.
func parseSize(s string) int {
	shift := 0
	switch {
	case strings.HasSuffix(s, "K"):
		shift = 10
	case strings.HasSuffix(s, "M"):
		shift = 20
	case strings.HasSuffix(s, "G"):
		shift = 30
	}
	if shift > 0 {
		s = s[:len(s)-1]
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 4<<20 {
		return 0
	}
	return n << shift
}
