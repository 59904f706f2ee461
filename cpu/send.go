package cpu

import "fmt"

// pendingCopy is a value on its way to the host. On the CPU that is a copy, complete when
// Send returns, for a run has finished when Run returns.
type pendingCopy struct {
	data    []float32
	pending bool // it was sent and not received
}

// Send copies an input, state or output, for Receive to hand over. A value must be received
// before it is sent again.
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
			g.sent = map[string]*pendingCopy{}
		}
		p = &pendingCopy{data: make([]float32, len(g.values[v]))}
		g.sent[name] = p
	}
	if p.pending {
		return fmt.Errorf("cpu: Send: %q was sent before, want it received first", name)
	}
	copy(p.data, g.values[v])
	p.pending = true
	return nil
}

// Receive sets dst to what Send has copied of a value of dst's size.
func (g *Program) Receive(name string, dst []float32) error {
	if g.closed {
		return errClosed
	}
	p := g.sent[name]
	if p == nil || !p.pending {
		return fmt.Errorf("cpu: Receive: %q was not sent", name)
	}
	if len(dst) != len(p.data) {
		return fmt.Errorf("cpu: Receive: %d elements for %q, want %d", len(dst), name, len(p.data))
	}
	copy(dst, p.data)
	p.pending = false
	return nil
}
