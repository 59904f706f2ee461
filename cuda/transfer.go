package cuda

import (
	"fmt"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// input is a value that the host writes before runs: two staging areas on the
// device, used in turn, filled from pinned memory.
//
//	copies   … write k │ host → stage │ copied │ write k+1 …
//	main                               └ wait │ stage → value │ taken │ run
//
// A write waits for the copy of the write before, which the device has made by then
// unless four runs are under way. After that the memory of the write
// before is free, and one buffer of the program's own is enough for all memory
// that is not pinned.
type input struct {
	n       int // elements
	dst     driver.Ptr
	stage   [2]driver.Ptr
	host    []byte   // pinned, for what is in other memory; nil before there was some
	buffers [][]byte // pinned, of Buffer

	copied, taken [2]driver.Event // staging area filled; read by a run
	filled, read  [2]bool         // whether that event has been recorded
	next          int             // the staging area to fill
	pending       int             // the staging area the next run takes, or −1
}

// openInputs makes the events of every input.
func (g *Program) openInputs() error {
	for _, in := range g.inputs {
		for k := range 2 {
			for _, e := range []*driver.Event{&in.copied[k], &in.taken[k]} {
				var err error
				if *e, err = g.newEvent(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// newEvent makes an event that Close frees.
func (g *Program) newEvent() (driver.Event, error) {
	e, err := g.ctx.NewEvent()
	if err == nil {
		g.releases = append(g.releases, func() error { return g.ctx.FreeEvent(e) })
	}
	return e, err
}

// floatBytes is the memory of x.
func floatBytes(x []float32) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

// fill starts the copy of src to the device, which overlaps with the work of the main
// stream.
func (g *Program) fill(in *input, src []float32) error {
	k := in.next
	if in.filled[1-k] {
		if err := g.ctx.SynchronizeEvent(in.copied[1-k]); err != nil {
			return err
		}
	}
	from, err := g.pinned(in, floatBytes(src))
	if err != nil {
		return err
	}
	if in.read[k] {
		if err := g.ctx.Wait(g.copies, in.taken[k]); err != nil {
			return err
		}
	}
	if err := g.ctx.CopyToDevice(in.stage[k], from, g.copies); err != nil {
		return err
	}
	if err := g.ctx.Record(in.copied[k], g.copies); err != nil {
		return err
	}
	in.filled[k], in.pending, in.next = true, k, 1-k
	return nil
}

// pinned returns b where it is a buffer of in, and else a copy of it that is pinned.
func (g *Program) pinned(in *input, b []byte) (_ []byte, err error) {
	for _, own := range in.buffers {
		if &own[0] == &b[0] {
			return own, nil
		}
	}
	if in.host == nil {
		if in.host, err = g.allocHost(4 * in.n); err != nil {
			return nil, err
		}
	}
	copy(in.host, b)
	return in.host, nil
}

// Buffer is page-locked memory, which the device reads itself.
func (g *Program) Buffer(name string) ([]float32, error) {
	if err := g.ready("Buffer"); err != nil {
		return nil, err
	}
	for k, q := range g.plan.Inputs {
		if q.Name != name {
			continue
		}
		in := g.inputs[k]
		b, err := g.allocHost(4 * in.n)
		if err != nil {
			return nil, fmt.Errorf("cuda: Buffer: %q: %w", name, err) // the device is none the worse for it
		}
		clear(b)
		in.buffers = append(in.buffers, b)
		return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), in.n), nil
	}
	return nil, fmt.Errorf("cuda: Buffer: no input is called %q", name)
}

// takeInputs copies what was written since the last run to its place, and rounds
// the states that were.
func (g *Program) takeInputs() error {
	for _, in := range g.inputs {
		k := in.pending
		if k < 0 {
			continue
		}
		if err := g.ctx.Wait(g.main, in.copied[k]); err != nil {
			return err
		}
		if err := g.ctx.CopyOnDevice(in.dst, in.stage[k], 4*uint64(in.n), g.main); err != nil {
			return err
		}
		if err := g.ctx.Record(in.taken[k], g.main); err != nil {
			return err
		}
		in.read[k], in.pending = true, -1
	}
	return g.refresh()
}

// Read copies an input, state or output once the runs so far are done.
func (g *Program) Read(name string, dst []float32) error {
	if err := g.ready("Read"); err != nil {
		return err
	}
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.Inputs, g.plan.States} {
		for _, q := range ports {
			if q.Name != name {
				continue
			}
			if err := g.wantLen("Read", name, q.Value, len(dst)); err != nil {
				return err
			}
			if err := g.takeInputs(); err != nil {
				return g.fail("Read", err)
			}
			return g.fail("Read", g.download(floatBytes(dst), g.addr[q.Value]))
		}
	}
	return fmt.Errorf("cuda: Read: no value is called %q", name)
}

// Copy sets a state to a value of another program of this device.
func (g *Program) Copy(name string, src plan.Program, from string) error {
	if err := g.ready("Copy"); err != nil {
		return err
	}
	o, ok := src.(*Program)
	if !ok || o.dev != g.dev {
		return fmt.Errorf("cuda: Copy: a program of %T, want one of %s", src, g.dev.name)
	}
	if err := o.ready("Copy"); err != nil {
		return err
	}
	v, ok := o.plan.Port(from)
	if !ok {
		return fmt.Errorf("cuda: Copy: no value is called %q", from)
	}
	to, ok := g.state(name)
	if !ok {
		return fmt.Errorf("cuda: Copy: no state is called %q", name)
	}
	n := o.plan.Values[v].Size
	if err := g.wantLen("Copy", name, to, n); err != nil {
		return err
	}
	err := g.take(g.addr[to], o, o.addr[v], n)
	g.markStale(to) // not before o has taken its inputs: o may be g
	return g.fail("Copy", err)
}

// take copies n floats of o's memory, between the runs of both programs.
func (g *Program) take(dst driver.Ptr, o *Program, src driver.Ptr, n int) error {
	if err := o.takeInputs(); err != nil {
		return err
	}
	if err := g.ctx.Synchronize(o.main); err != nil {
		return err
	}
	if err := g.ctx.CopyOnDevice(dst, src, 4*uint64(n), g.main); err != nil {
		return err
	}
	return g.ctx.Synchronize(g.main)
}

// wantLen is an error if n is not the number of elements of value v.
func (g *Program) wantLen(call, name string, v, n int) error {
	if want := g.plan.Values[v].Size; n != want {
		return fmt.Errorf("cuda: %s: %d elements for %q, want %d", call, n, name, want)
	}
	return nil
}

// download copies len(b) bytes from the device through the pinned buffer, after all work
// of the main stream.
func (g *Program) download(b []byte, src driver.Ptr) error {
	for len(b) > 0 {
		n := min(len(b), len(g.host))
		if err := g.ctx.CopyToHost(g.host[:n], src, g.main); err != nil {
			return err
		}
		if err := g.ctx.Synchronize(g.main); err != nil {
			return err
		}
		copy(b, g.host[:n])
		b, src = b[n:], src+driver.Ptr(n)
	}
	return nil
}
