package cuda

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

const (
	valueAlign = 256
	hostBytes  = 4 << 20 // of the pinned buffer, at most
)

// place allocates the memory of the program and makes its launches: once to learn how
// much memory they need, and again with the addresses of that memory.
func (g *Program) place(ctx context.Context) error {
	p := g.plan
	named := g.layout(0)
	measure, _, err := g.bind(ctx, nil, valueAlign, valueAlign)
	if err != nil {
		return err
	}
	sizes := []uint64{named, 4 * uint64(p.Arena), measure.Scratch, uint64(len(measure.Data))}
	var at [4]driver.Ptr
	total := uint64(0)
	for _, n := range sizes {
		total += n
	}
	for k, n := range sizes {
		if n == 0 {
			continue
		}
		if at[k], err = g.alloc(n); errors.Is(err, driver.OutOfMemory) {
			free, all, _ := g.ctx.Memory()
			return fmt.Errorf("the plan wants %d bytes (%d of inputs, states and their copies, "+
				"%d of temporaries, %d of workspace), %d of %d are left: %w",
				total, sizes[0], sizes[1], sizes[2], free, all, err)
		} else if err != nil {
			return err
		}
	}
	g.layout(at[0])
	for v, q := range p.Values {
		if base, off := p.Root(v); p.Values[base].Class == plan.Temporary {
			g.addr[v] = at[1] + driver.Ptr(4*p.Values[base].Offset+q.Storage.Bytes()*off)
		} else if q.Class == plan.Alias {
			g.addr[v] = g.addr[base] + driver.Ptr(4*off)
		}
	}
	l, uses, err := g.bind(ctx, g.weightCopies, at[2], at[3])
	if err != nil {
		return err
	}
	g.launches = l.Launches
	g.findBounds(at[1], at[2], at[3], uses)
	if err := g.hostBuffer(); err != nil {
		return err
	}
	if named > 0 {
		if err := g.ctx.Fill(at[0], 0, named/4, g.main); err != nil {
			return err
		}
	}
	if err := g.upload(at[3], l.Data); err != nil {
		return err
	}
	if err := g.openInputs(); err != nil {
		return err
	}
	return g.ctx.Synchronize(g.main) // the copying stream knows nothing of the fill
}

// at is the address of value v.
func (g *Program) at(v int) driver.Ptr { return g.addr[v] }

// layout gives inputs, states with their copies and the staging areas of inputs
// their addresses from base, and returns the bytes they take. Before there is memory every
// temporary is at the first aligned address.
func (g *Program) layout(base driver.Ptr) uint64 {
	g.addr = make([]driver.Ptr, len(g.plan.Values))
	for v := range g.addr {
		g.addr[v] = valueAlign
	}
	n := uint64(0)
	next := func(size int) driver.Ptr {
		p := base + driver.Ptr(n)
		n += (4*uint64(size) + valueAlign - 1) / valueAlign * valueAlign
		return p
	}
	for _, ports := range [][]plan.Port{g.plan.Inputs, g.plan.States} {
		for _, q := range ports {
			g.addr[q.Value] = next(g.plan.Values[q.Value].Size)
		}
	}
	for _, r := range g.weightCopies {
		r.Of, r.At = g.addr[r.value], next((r.N+1)/2)
	}
	g.inputs = nil
	for _, q := range g.plan.Inputs {
		size := g.plan.Values[q.Value].Size
		g.inputs = append(g.inputs, &input{n: size, dst: g.addr[q.Value], stage: [2]driver.Ptr{next(size),
			next(size)}, pending: -1})
	}
	return n
}

// alloc allocates device memory that Close gives back.
func (g *Program) alloc(n uint64) (driver.Ptr, error) {
	p, err := g.ctx.Alloc(n)
	if err == nil {
		g.releases = append(g.releases, func() error { return g.ctx.Free(p) })
	}
	return p, err
}

// allocHost allocates pinned memory that Close gives back.
func (g *Program) allocHost(n int) ([]byte, error) {
	b, err := g.ctx.AllocHost(n)
	if err == nil {
		g.releases = append(g.releases, func() error { return g.ctx.FreeHost(b) })
	}
	return b, err
}

// hostBuffer allocates the pinned buffer through which states, outputs and constants are
// copied: as large as the largest value, at most hostBytes.
func (g *Program) hostBuffer() (err error) {
	most := 256
	for _, v := range g.plan.Values {
		most = max(most, 4*v.Size)
	}
	g.host, err = g.allocHost(min(most, hostBytes))
	return err
}
