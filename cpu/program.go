package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Program is a plan bound to kernels and memory.
type Program struct {
	plan   *plan.Plan
	device string // its name
	engine *kernels.Engine
	vec    *kernels.Vec
	arena  []float32
	values [][]float32 // by value; an alias is a slice of its base
	steps  []job       // as Plan.Steps
	sent   map[string]*parcel
	poison bool
	closed bool
}

// A job is a step bound to its operands.
type job interface{ Do() }

// allocate gives every value its storage, on cache lines.
func (g *Program) allocate() {
	p := g.plan
	g.arena = aligned(p.Arena)
	g.values = make([][]float32, len(p.Values))
	for i, v := range p.Values {
		switch v.Class {
		case plan.Temporary:
			g.values[i] = g.arena[v.Offset : v.Offset+v.Size]
		case plan.InputClass, plan.StateClass:
			g.values[i] = aligned(v.Size)
		}
	}
	for i, v := range p.Values {
		if v.Class == plan.Alias {
			g.values[i] = g.values[v.Base][v.Offset : v.Offset+v.Size]
		}
	}
}

// aligned returns n floats that start on a cache line.
func aligned(n int) []float32 {
	s := make([]float32, n+15)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) & 63 / 4
	return s[skip : skip+n : skip+n]
}

// storage returns the memory of a named value if it has n elements and is of
// one of the given lists.
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

// Write sets an input or state.
func (g *Program) Write(name string, src []float32) error {
	s, err := g.storage("Write", name, len(src), g.plan.Inputs, g.plan.States)
	copy(s, src)
	return err
}

// Read copies an input, state or output.
func (g *Program) Read(name string, dst []float32) error {
	s, err := g.storage("Read", name, len(dst), g.plan.Outputs, g.plan.Inputs, g.plan.States)
	copy(dst, s)
	return err
}

// Copy sets a state to a value of another program.
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
	for _, s := range g.steps {
		s.Do()
	}
	return nil
}

func (g *Program) fillPoison() {
	nan := float32(math.NaN())
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
