package cpu

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Program is a plan bound to kernels and memory.
type Program struct {
	plan   *plan.Plan
	device string // the name of its device
	engine *kernels.Engine
	vec    *kernels.Vec
	arena  []float32
	values [][]float32 // by number of the value in the plan; an alias is a slice of its base
	halves [][]uint16  // the same of values in bfloat16, which values has not
	wide   [3][]float32
	packed []*packedState

	converted int   // see Converted
	steps     []job // by number of the step in the plan
	group     *comm.Group
	bucket    int       // elements, of the ranges of sums
	sums      []*allSum // in the order of their steps
	sent      map[string]*pendingCopy
	poison    bool
	closed    bool
}

// A job is a step bound to its operands.
type job interface{ Do() }

// allocate gives every value its memory: temporaries in one arena, where the plan has put
// them, inputs and states each in its own.
func (g *Program) allocate() {
	p := g.plan
	g.arena = kernels.Aligned(p.Arena)
	g.values, g.halves = make([][]float32, len(p.Values)), make([][]uint16, len(p.Values))
	for i, v := range p.Values {
		switch v.Class {
		case plan.Temporary:
			if g.half(i) {
				g.halves[i] = halvesOf(g.arena[v.Offset:v.Offset+v.Words()], v.Size)
				continue
			}
			g.values[i] = g.arena[v.Offset : v.Offset+v.Size]
		case plan.InputClass, plan.StateClass:
			g.values[i] = kernels.Aligned(v.Size)
		}
	}
	for i, v := range p.Values {
		switch {
		case v.Class != plan.Alias:
		case g.half(i):
			g.halves[i] = g.halves[v.Base][v.Offset : v.Offset+v.Size]
		default:
			g.values[i] = g.values[v.Base][v.Offset : v.Offset+v.Size]
		}
	}
	g.reserveWide()
}

// storage returns the memory of the value called name, which must be in one of the lists
// and have n elements; what is the operation that an error names.
func (g *Program) storage(what, name string, n int, lists ...[]plan.Port) ([]float32, error) {
	if g.closed {
		return nil, errClosed
	}
	for _, ps := range lists {
		for _, p := range ps {
			if p.Name != name {
				continue
			}
			if s := g.values[p.Value]; len(s) != n {
				return nil, fmt.Errorf("cpu: %s: %d elements for %q, want %d", what, n, name, len(s))
			}
			return g.values[p.Value], nil
		}
	}
	return nil, fmt.Errorf("cpu: %s: no value is called %q", what, name)
}

// Write sets an input or state to src, which must have its size.
func (g *Program) Write(name string, src []float32) error {
	s, err := g.storage("Write", name, len(src), g.plan.Inputs, g.plan.States)
	copy(s, src)
	g.wrote(name)
	return err
}

// WriteAt sets the elements of a state from first on.
func (g *Program) WriteAt(name string, first int, src []float32) error {
	if g.closed {
		return errClosed
	}
	for _, q := range g.plan.States {
		if q.Name != name {
			continue
		}
		s := g.values[q.Value]
		if err := plan.Within(len(s), first, len(src)); err != nil {
			return fmt.Errorf("cpu: WriteAt: %q: %w", name, err)
		}
		copy(s[first:], src)
		g.markStale(q.Value)
		return nil
	}
	return fmt.Errorf("cpu: WriteAt: no state is called %q", name)
}

// Buffer is plain memory. Write copies it as it does any other, to the place that
// the steps are bound to: there the copy is what a transfer is on other devices.
func (g *Program) Buffer(name string) ([]float32, error) {
	if g.closed {
		return nil, errClosed
	}
	for _, q := range g.plan.Inputs {
		if q.Name == name {
			return kernels.Aligned(g.plan.Values[q.Value].Size), nil
		}
	}
	return nil, fmt.Errorf("cpu: Buffer: no input is called %q", name)
}

// Read copies an input, state or output to dst, which must have its size.
func (g *Program) Read(name string, dst []float32) error {
	s, err := g.storage("Read", name, len(dst), g.plan.Outputs, g.plan.Inputs, g.plan.States)
	copy(dst, s)
	return err
}

// Copy sets the state called name to the input, state or output called from of src,
// another program on the CPU, of the same size.
func (g *Program) Copy(name string, src plan.Program, from string) error {
	o, ok := src.(*Program)
	if !ok {
		return fmt.Errorf("cpu: Copy: a program of %T, want one of the CPU", src)
	}
	v, ok := o.plan.Port(from)
	if !ok {
		return fmt.Errorf("cpu: Copy: no value is called %q", from)
	}
	d, err := g.storage("Copy", name, len(o.values[v]), g.plan.States)
	if err == nil && o.closed {
		err = errClosed
	}
	if err != nil {
		return err
	}
	copy(d, o.values[v])
	g.wrote(name)
	return nil
}

// Run runs every step and returns when all are done.
func (g *Program) Run() error {
	if g.closed {
		return errClosed
	}
	if g.poison {
		g.fillPoison()
	}
	g.refreshPacked()
	for i, s := range g.steps {
		s.Do()
		if err := g.ran(i); err != nil {
			return err
		}
	}
	return nil
}

// fillPoison sets all temporaries to NaN, of either type.
func (g *Program) fillPoison() {
	nan := math.Float32frombits(0x7fc07fc0)
	for i := range g.arena {
		g.arena[i] = nan
	}
}

// Close ends the program's workers.
func (g *Program) Close() error {
	if !g.closed {
		g.closed = true
		g.engine.Close()
	}
	return nil
}
