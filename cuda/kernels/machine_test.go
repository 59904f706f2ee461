package kernels

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// machine is an emulated device for one test, every check on. What is put on it
// lies at the end of its allocation, so that one element too many is a finding.
type machine struct {
	t    *testing.T
	ctx  driver.Context
	mods map[string]driver.Module
}

func newMachine(t *testing.T, o emu.Options) *machine {
	t.Helper()
	ctx, err := emu.New(o).Open(0)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{t, ctx, map[string]driver.Module{}}
}

// in is m for a subtest; modules stay loaded.
func (m *machine) in(t *testing.T) *machine { return &machine{t, m.ctx, m.mods} }

// orders are schedules that a correct kernel gives the same bits under.
var orders = []emu.Options{
	{}, {Order: emu.Reverse, Land: emu.LandEarly}, {Order: emu.Random, Seed: 7, Resident: 3,
		Land: emu.LandRandom},
}

// inOrders is a machine for each of orders.
func inOrders(t *testing.T) (ms []*machine) {
	for _, o := range orders {
		ms = append(ms, newMachine(t, o))
	}
	return ms
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// room is uninitialised memory for n floats, off floats past an aligned address.
func (m *machine) room(n, off int) driver.Ptr {
	m.t.Helper()
	p, err := m.ctx.Alloc(uint64(4 * (n + off)))
	m.must(err)
	return p + driver.Ptr(4*off)
}

func (m *machine) copyIn(p driver.Ptr, b []byte) {
	m.t.Helper()
	pinned, err := m.ctx.AllocHost(len(b))
	m.must(err)
	copy(pinned, b)
	m.must(m.ctx.CopyToDevice(p, pinned, 0))
	m.must(m.ctx.Synchronize(0))
	m.must(m.ctx.FreeHost(pinned))
}

func raw(x []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)) }

// put copies x to the device, off floats past an aligned address.
func (m *machine) put(x []float32, off int) driver.Ptr {
	m.t.Helper()
	p := m.room(len(x), off)
	m.copyIn(p, raw(x))
	return p
}

func (m *machine) putAll(xs [][]float32) (ps []driver.Ptr) {
	m.t.Helper()
	for _, x := range xs {
		ps = append(ps, m.put(x, 0))
	}
	return ps
}

func (m *machine) get(p driver.Ptr, n int) []float32 {
	m.t.Helper()
	pinned, err := m.ctx.AllocHost(4 * n)
	m.must(err)
	m.must(m.ctx.CopyToHost(pinned, p, 0))
	m.must(m.ctx.Synchronize(0))
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(binary.LittleEndian.Uint32(pinned[4*i:]))
	}
	m.must(m.ctx.FreeHost(pinned))
	return x
}

// run makes a list twice, to measure and to run, and runs it.
func (m *machine) run(p plan.Precision, make func(l *List)) {
	m.t.Helper()
	l := &List{Precision: p, Workspace: 256, Constants: 256}
	make(l)
	m.must(l.Err)
	n := &List{Precision: p, Workspace: m.room(int(l.Scratch/4)+1, 0)}
	if len(l.Data) > 0 {
		n.Constants = m.room(len(l.Data)/4, 0)
	}
	make(n)
	if len(l.Data) > 0 {
		m.copyIn(n.Constants, n.Data)
	}
	for i := range n.Launches {
		ln := &n.Launches[i]
		k := ln.Kernel
		mod, ok := m.mods[k.Module]
		if !ok {
			ptx, err := PTX(k.Module)
			m.must(err)
			mod, err = m.ctx.Load(ptx)
			m.must(err)
			m.mods[k.Module] = mod
		}
		f, err := m.ctx.Function(mod, k.Name)
		m.must(err)
		if ln.Shared > 48<<10 {
			m.must(m.ctx.SetFunctionAttribute(f, driver.MaxDynamicSharedSize, int(ln.Shared)))
		}
		m.must(m.ctx.Launch(f, ln.Grid, ln.Block, ln.Shared, 0, ln.Args))
	}
	m.must(m.ctx.Synchronize(0))
}

// beside are numbers that operands of precision p round to x, where x has few digits: a part of
// a unit in the last place below, at and above it, in turn. A kernel that cuts where it is to
// round shows in its result.
func beside(p plan.Precision, x []float32) []float32 {
	part := map[plan.Precision]float32{plan.TF32: 0x1p-13, plan.BFloat16: 0x1p-10}[p]
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = v + v*part*float32(i%3-1)
	}
	return y
}

// whole are random whole numbers from −most to most: products and sums of them
// are exact in every precision and in any order, so a kernel must hit every bit.
func whole(n int, seed uint64, most int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 3))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.IntN(2*most+1) - most)
	}
	return x
}

func uniform(n int, seed uint64, lo, hi float64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 5))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(lo + (hi-lo)*rng.Float64())
	}
	return x
}

// tensors are xs in float64.
func tensors(xs [][]float32, shapes [][]int) []reference.Tensor {
	in := make([]reference.Tensor, len(xs))
	for k, x := range xs {
		in[k] = reference.New(shapes[k]...)
		for i, v := range x {
			in[k].Data[i] = float64(v)
		}
	}
	return in
}

// define evaluates op by its definition.
func define(t *testing.T, op plan.Op, xs [][]float32, shapes ...[]int) []float64 {
	t.Helper()
	return evalInPlace(t, op, tensors(xs, shapes))
}

// evalInPlace is define for operators that write to their operands.
func evalInPlace(t *testing.T, op plan.Op, in []reference.Tensor) []float64 {
	t.Helper()
	out, err := reference.Eval(op, in...)
	if err != nil {
		t.Fatal(err)
	}
	return out.Data
}

// near reports the first element further than bound from want.
func near(t *testing.T, name string, got []float32, want []float64, bound float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if e := math.Abs(float64(got[i]) - w); !(e <= bound) {
			t.Fatalf("%s[%d] = %.9g, want %.9g ± %.2g", name, i, got[i], w, bound)
		}
	}
}
