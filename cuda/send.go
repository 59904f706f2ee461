package cuda

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// parcel is a value on its way to the host.
//
//	main     … run k │ value → stage │ staged │ run k+1 …
//	results                                   └ wait │ stage → host │ landed
//
// Run k+1 may change the value at once: what it would wait for is a copy within
// the device, at the speed of its memory. The stage is free again once landed has
// been waited for, as Receive does on the host before there can be another Send,
// so the main stream need not wait for it too.
type parcel struct {
	src, stage     driver.Ptr
	host           []byte       // pinned
	staged, landed driver.Event // the stage is filled; the host has it
	sent           bool         // and not received
}

// Send starts a copy of an input, state or output to the host. Memory for it, as
// much again on the device and on the host, is taken at the first Send of that
// name: a state of any size can be sent, and one that never is costs nothing.
func (g *Program) Send(name string) error {
	if err := g.ready("Send"); err != nil {
		return err
	}
	p := g.sent[name]
	if p == nil {
		v, ok := g.plan.Port(name)
		if !ok {
			return fmt.Errorf("cuda: Send: no value is called %q", name)
		}
		var err error
		if p, err = g.newParcel(g.addr[v], 4*g.plan.Values[v].Size); errors.Is(err, driver.OutOfMemory) {
			return fmt.Errorf("cuda: Send: %q: %w", name, err) // the device is none the worse for it
		} else if err != nil {
			return g.fail("Send", err)
		}
		g.sent[name] = p
	}
	if p.sent {
		return fmt.Errorf("cuda: Send: %q was sent before, want it received first", name)
	}
	return g.fail("Send", g.send(p))
}

func (g *Program) newParcel(src driver.Ptr, n int) (p *parcel, err error) {
	p = &parcel{src: src}
	if p.stage, err = g.alloc(uint64(n)); err != nil {
		return nil, err
	}
	if p.host, err = g.allocHost(n); err != nil {
		return nil, err
	}
	if p.staged, err = g.newEvent(); err != nil {
		return nil, err
	}
	p.landed, err = g.newEvent()
	return p, err
}

func (g *Program) send(p *parcel) error {
	if err := g.takeInputs(); err != nil {
		return err
	}
	if err := g.ctx.CopyOnDevice(p.stage, p.src, uint64(len(p.host)), g.main); err != nil {
		return err
	}
	if err := g.ctx.Record(p.staged, g.main); err != nil {
		return err
	}
	if err := g.ctx.Wait(g.results, p.staged); err != nil {
		return err
	}
	if err := g.ctx.CopyToHost(p.host, p.stage, g.results); err != nil {
		return err
	}
	p.sent = true
	return g.ctx.Record(p.landed, g.results)
}

// Receive waits for what was sent, not for the runs since.
func (g *Program) Receive(name string, dst []float32) error {
	if err := g.ready("Receive"); err != nil {
		return err
	}
	p := g.sent[name]
	if p == nil || !p.sent {
		return fmt.Errorf("cuda: Receive: %q was not sent", name)
	}
	if n := len(p.host) / 4; n != len(dst) {
		return fmt.Errorf("cuda: Receive: %d elements for %q, want %d", len(dst), name, n)
	}
	if err := g.ctx.SynchronizeEvent(p.landed); err != nil {
		return g.fail("Receive", err)
	}
	copy(floatBytes(dst), p.host)
	p.sent = false
	return nil
}
