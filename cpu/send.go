package cpu

import "fmt"

// parcel is a value on its way to the host: a copy, since a run has finished
// when Run returns and there is nothing to wait for.
type parcel struct {
	data []float32
	sent bool // and not received
}

// Send copies an input, state or output aside.
func (g *Program) Send(name string) error {
	if g.closed {
		return errClosed
	}
	v, ok := g.plan.Port(name)
	if !ok {
		return fmt.Errorf("cpu: Send: no value is called %q", name)
	}
	p := g.sent[name]
	if p == nil {
		if g.sent == nil {
			g.sent = map[string]*parcel{}
		}
		p = &parcel{data: make([]float32, len(g.values[v]))}
		g.sent[name] = p
	}
	if p.sent {
		return fmt.Errorf("cpu: Send: %q was sent before, want it received first", name)
	}
	copy(p.data, g.values[v])
	p.sent = true
	return nil
}

// Receive hands over what Send has copied.
func (g *Program) Receive(name string, dst []float32) error {
	if g.closed {
		return errClosed
	}
	p := g.sent[name]
	if p == nil || !p.sent {
		return fmt.Errorf("cpu: Receive: %q was not sent", name)
	}
	if len(dst) != len(p.data) {
		return fmt.Errorf("cpu: Receive: %d elements for %q, want %d", len(dst), name, len(p.data))
	}
	copy(dst, p.data)
	p.sent = false
	return nil
}
