package cuda

import (
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Write sets an input or state. Writing an input overlaps with the runs so far;
// writing a state waits for them.
func (g *Program) Write(name string, src []float32) error {
	if err := g.ready("Write"); err != nil {
		return err
	}
	for k, q := range g.plan.Inputs {
		if q.Name == name {
			if err := g.wantLen("Write", name, q.Value, len(src)); err != nil {
				return err
			}
			return g.fail("Write", g.fill(g.inputs[k], src))
		}
	}
	v, ok := g.state(name)
	if !ok {
		return fmt.Errorf("cuda: Write: no input or state is called %q", name)
	}
	if err := g.wantLen("Write", name, v, len(src)); err != nil {
		return err
	}
	return g.WriteAt(name, 0, src)
}

// WriteAt sets the elements of a state from first on, once the runs so far are done.
func (g *Program) WriteAt(name string, first int, src []float32) error {
	if err := g.ready("WriteAt"); err != nil {
		return err
	}
	v, ok := g.state(name)
	if !ok {
		return fmt.Errorf("cuda: WriteAt: no state is called %q", name)
	}
	if err := plan.Within(g.plan.Values[v].Size, first, len(src)); err != nil {
		return fmt.Errorf("cuda: WriteAt: %q: %w", name, err)
	}
	g.markStale(v)
	return g.fail("WriteAt", g.upload(g.addr[v]+driver.Ptr(4*first), floatBytes(src)))
}

// state is the value of the state of that name.
func (g *Program) state(name string) (v int, ok bool) {
	for _, q := range g.plan.States {
		if q.Name == name {
			return q.Value, true
		}
	}
	return 0, false
}

// upload copies b to the device through the pinned buffer, after all work of
// the main stream.
func (g *Program) upload(dst driver.Ptr, b []byte) error {
	for len(b) > 0 {
		n := copy(g.host, b)
		if err := g.ctx.CopyToDevice(dst, g.host[:n], g.main); err != nil {
			return err
		}
		if err := g.ctx.Synchronize(g.main); err != nil {
			return err
		}
		b, dst = b[n:], dst+driver.Ptr(n)
	}
	return nil
}
