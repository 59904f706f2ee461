// Package memory says how much memory a process may take before it takes it: that
// of the machine, of the container it is in, or of ulimit -v, whichever is least.
// Beyond it a process is killed, or ends with a stack of the runtime; a caller that
// asks here first ends with one line instead.
package memory

import (
	"fmt"
	"math"
	"runtime/debug"
	"runtime/metrics"
)

// Limit is what something lets the process have.
type Limit struct {
	Bytes uint64
	Used  uint64 // of them by this process
	By    string // who says so: "the machine has"
}

// left is what the process may still take.
func (l Limit) left() uint64 { return l.Bytes - min(l.Used, l.Bytes) }

// Least is the limit that leaves the least, and false where the system tells none.
// Memory that other processes hold is not known: what fits may still not be had.
func Least() (Limit, bool) {
	return least(append(system(), resources()...))
}

func least(limits []Limit) (Limit, bool) {
	tightest := Limit{Bytes: math.MaxUint64}
	for _, l := range limits {
		if l.left() < tightest.left() {
			tightest = l
		}
	}
	return tightest, len(limits) > 0
}

// Fits is an error where so many bytes more can never be had, with both numbers:
//
//	want 34359738368 bytes, the machine has 25275985920
//
// It is to be asked before the memory is taken, and where that is done piece by
// piece, before each piece.
func Fits(want uint64) error {
	l, ok := Least()
	if ok && want > l.left() {
		debug.FreeOSMemory() // what is garbage by now does not count
		l, ok = Least()
	}
	if !ok {
		return nil
	}
	return l.fits(want)
}

func (l Limit) fits(want uint64) error {
	switch {
	case want <= l.left():
		return nil
	case want > l.Bytes:
		return fmt.Errorf("want %d bytes, %s %d", want, l.By, l.Bytes)
	}
	return fmt.Errorf("want %d bytes, %s %d and %d of them are in use", want, l.By, l.Bytes, l.Used)
}

// heap is what the runtime holds of the system's memory for values that are alive,
// touched or not yet, and free is what it holds beside that.
func heap() (used, free uint64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	total, released, idle := s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64()
	return total - min(total, released+idle), idle
}
