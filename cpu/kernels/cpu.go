package kernels

import (
	"fmt"

	"golang.org/x/sys/cpu"
)

// A Level is an instruction set that the kernels are written for. Levels differ
// in speed only: their results are equal to the bit.
type Level int

// The levels, slowest first. Auto is the fastest one that the machine can run.
const (
	Auto Level = iota
	Go
	AVX2
	AVX512
)

var levelNames = [...]string{"auto", "go", "avx2", "avx512"}

// String returns the name that ParseLevel takes.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// ParseLevel reads "auto", "go", "avx2" or "avx512".
func ParseLevel(s string) (Level, error) {
	for i, name := range levelNames {
		if s == name {
			return Level(i), nil
		}
	}
	return Auto, fmt.Errorf("kernels: ParseLevel: got %q, want auto, go, avx2 or avx512", s)
}

// Levels lists what this machine and operating system can run, slowest first:
// Go always, AVX2 with FMA, and AVX-512 with its F, DQ, BW and VL parts.
func Levels() []Level {
	ls := []Level{Go}
	if !haveAssembly {
		return ls
	}
	x := cpu.X86
	if x.HasAVX2 && x.HasFMA {
		ls = append(ls, AVX2)
		if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL {
			ls = append(ls, AVX512)
		}
	}
	return ls
}
