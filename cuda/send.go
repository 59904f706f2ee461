package cuda

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// outgoing is a value that is copied to the host while later runs go on. On the two
// streams, from left to right in time:
//
//	main     … run k │ value → stage │ staged │ run k+1 …
//	results                                   └ wait │ stage → host │ landed
//
// The stage is memory of the device. Run k+1 may change the value as soon as it has been
// copied there, at the speed of the device's memory, and does not wait for the bus to
// the host. The stage is free again once the event landed has been waited for. Receive
// does so on the host before there can be another Send, so that the main stream need not.
type outgoing struct {
	src, stage     driver.Ptr
	size           int          // bytes
	host           []byte       // pinned
	staged, landed driver.Event // the stage is filled; the host has it
	sent           bool         // and not yet received
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
		p = &outgoing{src: g.addr[v], size: 4 * g.plan.Values[v].Size}
		g.sent[name] = p
	}
	if p.sent {
		return fmt.Errorf("cuda: Send: %q was sent before, want it received first", name)
	}
	if err := g.prepare(p); errors.Is(err, driver.OutOfMemory) {
		// The device has not failed: Send may be called again.
		return fmt.Errorf("cuda: Send: %q: %w", name, err)
	} else if err != nil {
		return g.fail("Send", err)
	}
	return g.fail("Send", g.send(p))
}

// prepare allocates the memory and the events that p lacks. What it allocated before it
// failed stays with p, for the next Send.
func (g *Program) prepare(p *outgoing) (err error) {
	if p.stage == 0 {
		if p.stage, err = g.alloc(uint64(p.size)); err != nil {
			return err
		}
	}
	if p.host == nil {
		if p.host, err = g.allocHost(p.size); err != nil {
			return err
		}
	}
	for _, e := range []*driver.Event{&p.staged, &p.landed} {
		if *e == 0 {
			if *e, err = g.newEvent(); err != nil {
				return err
			}
		}
	}
	return nil
}

// send enqueues the copies of p.
func (g *Program) send(p *outgoing) error {
	if err := g.takeInputs(); err != nil {
		return err
	}
	if err := g.ctx.CopyOnDevice(p.stage, p.src, uint64(p.size), g.main); err != nil {
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
	if n := p.size / 4; n != len(dst) {
		return fmt.Errorf("cuda: Receive: %d elements for %q, want %d", len(dst), name, n)
	}
	if err := g.ctx.SynchronizeEvent(p.landed); err != nil {
		return g.fail("Receive", err)
	}
	copy(floatBytes(dst), p.host)
	p.sent = false
	return nil
}
