package emu

import (
	"fmt"
	"path"
	"strings"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Kind is a class of fault the sanitizer finds.
type Kind string

// What can be found.
const (
	OutOfBounds      Kind = "out of bounds"
	Misaligned       Kind = "misaligned access"
	UseAfterFree     Kind = "use after free"
	DoubleFree       Kind = "double free"
	ReadOnly         Kind = "write to read-only memory"
	Uninitialised    Kind = "uninitialised read"
	SharedRace       Kind = "shared memory race"
	GlobalRace       Kind = "race between blocks"
	AsyncPending     Kind = "cp.async not waited for"
	WgmmaPending     Kind = "wgmma not waited for"
	MissingFence     Kind = "missing fence"
	DivergentBarrier Kind = "divergent barrier"
	Deadlock         Kind = "deadlock"
	WrongLanes       Kind = "warp operation with wrong lanes"
	StreamOrder      Kind = "missing stream order"
	HostTouch        Kind = "host touched memory of a pending copy"
	Leak             Kind = "leak"
	Hang             Kind = "no end"
	Trap             Kind = "trap"
)

// A Finding is one fault, with its place. It wraps the *driver.Error that a
// device would have returned.
type Finding struct {
	Kind          Kind
	Kernel        string    // "" when the host is at fault
	Block, Thread [3]uint32 // indices in the grid and in the block
	Line          int       // of the PTX, from 1
	Text          string    // of that line
	File          string    // the source behind it, "" if the PTX has no .loc
	SourceLine    int
	What          string // what happened, in one line
}

func (f *Finding) Error() string {
	if f.Kernel == "" {
		return fmt.Sprintf("emu: %s: %s", f.Kind, f.What)
	}
	src := ""
	if f.File != "" {
		src = fmt.Sprintf(" %s:%d", path.Base(f.File), f.SourceLine)
	}
	return fmt.Sprintf("emu: %s: %s block (%d,%d,%d) thread (%d,%d,%d)%s, PTX line %d %q: %s",
		f.Kind, f.Kernel, f.Block[0], f.Block[1], f.Block[2], f.Thread[0], f.Thread[1], f.Thread[2],
		src, f.Line, f.Text, f.What)
}

// Unwrap gives the error a device would have returned.
func (f *Finding) Unwrap() error {
	code := driver.LaunchFailed
	switch f.Kind {
	case OutOfBounds, UseAfterFree, ReadOnly:
		code = driver.IllegalAddress
	case Misaligned:
		code = 716 // CUDA_ERROR_MISALIGNED_ADDRESS
	case Hang, Deadlock:
		code = 702 // CUDA_ERROR_LAUNCH_TIMEOUT
	case DoubleFree, StreamOrder, HostTouch, Leak:
		code = driver.InvalidValue
	}
	return &driver.Error{Call: "emu", Code: code, Reason: f.What}
}

// report records a finding of the instruction for a lane. Unless findings are
// being collected the launch ends with it.
func (w *warp) report(kind Kind, lane int, in *inst, format string, args ...any) {
	l := w.l
	f := &Finding{
		Kind: kind, Kernel: l.prog.name, Block: w.b.index, Thread: w.thread(lane),
		Line: int(in.line), What: fmt.Sprintf(format, args...),
	}
	m := l.prog.mod
	if n := int(in.line); n > 0 && n <= len(m.Lines) {
		f.Text = strings.TrimSpace(m.Lines[n-1])
	}
	if in.loc >= 0 && int(in.loc) < len(m.Places) {
		at := m.Places[in.loc]
		f.File, f.SourceLine = m.Files[int(at.File)], int(at.Line)
	}
	l.found(f)
}

// found keeps the first finding as the launch's error, or collects them all.
func (l *launch) found(f *Finding) {
	if l.ctx.collect(f) {
		return
	}
	if l.err == nil {
		l.err = f
	}
}

// thread is the index in the block of a lane's thread.
func (w *warp) thread(lane int) [3]uint32 {
	n := w.l.block
	t := uint32(w.index*lanes + lane)
	return [3]uint32{t % n[0], t / n[0] % n[1], t / n[0] / n[1]}
}
