package meter

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// products is an exact.Product on a device, in float32, for matrices of data that stay
// there: it keeps the program of the last shape. What goes wrong is kept in err, and the
// products after it are not made.
type products struct {
	ctx  context.Context
	dev  plan.Device
	prog plan.Program
	rows int // of the program
	a, c []float32
	data *float32 // where the data on the device came from
	err  error
}

// make sets c to a bᵀ, for a of m × k and b of n × k.
func (p *products) make(c, a, b []float32, m, n, k int) {
	if p.err == nil {
		p.err = p.made(c, a, b, m, n, k)
	}
}

func (p *products) made(c, a, b []float32, m, n, k int) error {
	if p.data != &b[0] || m > p.rows {
		if err := p.load(b, m, n, k); err != nil {
			return fmt.Errorf("meter: product of %d × %d by %d: %w", m, k, n, err)
		}
	}
	copy(p.a, a[:m*k])
	if err := p.prog.Write("a", p.a); err != nil {
		return err
	}
	if err := p.prog.Run(); err != nil {
		return err
	}
	if err := p.prog.Read("c", p.c); err != nil {
		return err
	}
	copy(c, p.c[:m*n])
	return nil
}

// load makes the program of m rows and takes the data to the device.
func (p *products) load(b []float32, m, n, k int) error {
	if err := p.close(); err != nil {
		return err
	}
	g := graph.New()
	product := g.MatMul(g.Input("a", m, k), g.State("b", n, k), false, true)
	compiled, err := g.Compile(p.ctx, plan.Float32, graph.Root{Name: "c", Node: product})
	if err != nil {
		return err
	}
	if p.prog, err = p.dev.Load(p.ctx, compiled); err != nil {
		p.prog = nil
		return err
	}
	p.rows, p.data, p.a, p.c = m, &b[0], make([]float32, m*k), make([]float32, m*n)
	return p.prog.Write("b", b[:n*k])
}

func (p *products) close() error {
	if p.prog == nil {
		return nil
	}
	err := p.prog.Close()
	p.prog, p.data = nil, nil
	return err
}
