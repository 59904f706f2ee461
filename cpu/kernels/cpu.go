package kernels

import (
	"fmt"

	"golang.org/x/sys/cpu"
)

// A Level is an instruction set that the kernels are written for. Levels differ in speed
// alone: their results are equal to the bit.
type Level int

// The levels, slowest first. Auto is the fastest one that the machine can run.
const (
	Auto Level = iota
	Go
	AVX2
	AVX512
)

// levelNames are the names of the levels, by number.
var levelNames = [...]string{"auto", "go", "avx2", "avx512"}

// String is the name of the level: auto, go, avx2 or avx512.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// Levels lists the levels that this machine and operating system can run, the slowest
// first: always Go; AVX2 if there is FMA too; and AVX512 if its parts F, DQ, BW and VL
// are there.
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
