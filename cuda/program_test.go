package cuda

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

func leaf(k plan.Kind, name string, shape ...int) *plan.Node {
	return &plan.Node{Op: plan.Op{Kind: k}, Name: name, Shape: shape}
}

func apply(t *testing.T, op plan.Op, xs ...*plan.Node) *plan.Node {
	t.Helper()
	var shapes [][]int
	for _, x := range xs {
		shapes = append(shapes, x.Shape)
	}
	s, err := op.Infer(shapes...)
	if err != nil {
		t.Fatal(err)
	}
	return &plan.Node{Op: op, In: xs, Shape: s}
}

func compile(t *testing.T, p plan.Precision, roots ...plan.Root) *plan.Plan {
	t.Helper()
	q, err := plan.Compile(t.Context(), roots, p)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func open(t *testing.T, d driver.Driver) *Device {
	t.Helper()
	dev, err := New(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	return dev
}

func load(t *testing.T, d *Device, p *plan.Plan) *Program {
	t.Helper()
	g, err := d.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return g.(*Program)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// running is the plan acc ← acc + x, y = 2·acc.
func running(t *testing.T, n int) *plan.Plan {
	acc, x := leaf(plan.State, "acc", n), leaf(plan.Input, "x", n)
	sum := apply(t, plan.Op{Kind: plan.Add}, acc, x)
	return compile(t, plan.Float32, plan.Root{Name: "y", Node: apply(t, plan.Op{Kind: plan.Scale, Imm: 2}, sum)},
		plan.Root{Node: apply(t, plan.Op{Kind: plan.Assign}, acc, sum)})
}

func filled(n int, v float32) []float32 { return slices.Repeat([]float32{v}, n) }

// Batches written ahead of the runs that take them arrive in order, whatever the
// streams do: runs are not waited for, a batch not taken is replaced, and one
// that nothing replaces stays.
func TestInputs(t *testing.T) {
	const n = 100
	for _, o := range []emu.Options{{}, {Land: emu.LandEarly}, {Land: emu.LandRandom, Seed: 1},
		{Land: emu.LandRandom, Seed: 2}} {
		d := open(t, emu.New(o))
		g := load(t, d, running(t, n))
		must(t, g.Write("acc", filled(n, 1000)))
		want := float32(1000)
		src := make([]float32, n)
		for k := range 7 {
			for i := range src {
				src[i] = float32(k)
			}
			if err := g.Write("x", src); err != nil {
				t.Fatalf("%+v: batch %d: %v", o, k, err)
			}
			if k == 3 { // never run: the next write replaces it
				continue
			}
			must(t, g.Run())
			want += float32(k)
		}
		must(t, g.Run()) // the same batch again
		want += 6
		got := make([]float32, n)
		must(t, g.Read("acc", got))
		if !slices.Equal(got, filled(n, want)) {
			t.Errorf("%+v: acc = %v, want %v", o, got[0], want)
		}
		must(t, g.Read("y", got))
		if !slices.Equal(got, filled(n, 2*want)) {
			t.Errorf("%+v: y = %v, want %v", o, got[0], 2*want)
		}
		must(t, g.Write("x", filled(n, 9)))
		must(t, g.Read("x", got))
		if !slices.Equal(got, filled(n, 9)) {
			t.Errorf("%+v: x = %v as read, want 9", o, got[0])
		}
		must(t, g.Close())
		must(t, d.Close())
	}
}

// A transfer larger than the pinned buffer goes through it in pieces.
func TestLargeTransfer(t *testing.T) {
	n := hostBytes/4 + 1000
	d := open(t, emu.New(emu.Options{Unchecked: true}))
	w := leaf(plan.State, "w", n)
	g := load(t, d, compile(t, plan.Float32, plan.Root{Node: apply(t, plan.Op{Kind: plan.Assign}, w,
		leaf(plan.Input, "x", n))}))
	src, got := make([]float32, n), make([]float32, n)
	for i := range src {
		src[i] = float32(i)
	}
	must(t, g.Write("w", src))
	must(t, g.Read("w", got))
	if !slices.Equal(src, got) {
		t.Error("the state read is not the state written")
	}
	must(t, g.Close())
	must(t, d.Close())
}

// What a device lacks is said by Open and Load, with figures.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		open func() error
		want string
	}{
		{"form", func() error { _, err := Open("opencl", 0); return err }, `form "opencl", want "cuda" or "emu"`},
		{"index", func() error { _, err := Open("emu", 1); return err }, "device 1, want one of 1"},
		{"none", func() error { _, err := New(emu.New(emu.Options{NoDevice: true}), 0); return err },
			"the driver is there and has no device"},
		{"old", func() error { _, err := New(emu.New(emu.Options{Major: 7}), 0); return err },
			"7.0, want 7.5 or later"},
		{"bf16", func() error { return loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.BFloat16, 1) },
			"precision: got bf16, want float32, all that emu:0 PTX emulator (7.5) has: tensor cores"},
		{"tf32", func() error { return loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.TF32, 1) },
			"precision: got tf32"},
		{"memory", func() error { return loadOn(t, emu.Options{Memory: 1 << 20}, plan.Float32, 512) },
			"the plan wants 5242880 bytes (2097152 of inputs, states and their copies, 1048576 of temporaries, " +
				"2097152 of workspace), 1048576 of 1048576 are left"},
		{"memory of copies", func() error { return loadOn(t, emu.Options{Major: 8, Memory: 1 << 20}, plan.BFloat16, 512) },
			"the plan wants 5767168 bytes (2621440 of inputs, states and their copies, 1048576 of temporaries, "},
		{"shared memory", func() error { return attend(t, emu.Options{Major: 7, Minor: 5}, 256) },
			"bytes of shared memory, the device has 65536 for a block"},
		{"heads", func() error { return attend(t, emu.Options{}, 300) }, "heads of 300, want at most 256"},
	} {
		err := tt.open()
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q in one line", tt.name, err, tt.want)
		}
	}
	if err := loadOn(t, emu.Options{Major: 7, Minor: 5}, plan.Float32, 8); err != nil {
		t.Errorf("float32 on 7.5: %v", err)
	}
	if err := loadOn(t, emu.Options{Memory: 1 << 20}, plan.Float32, 512); !errors.Is(err, driver.OutOfMemory) {
		t.Errorf("%v is not driver.OutOfMemory", err)
	}
}

// loadOn loads x·w, [n,n]·[n,n], and gives everything back.
func loadOn(t *testing.T, o emu.Options, p plan.Precision, n int) error {
	d := open(t, emu.New(o))
	y := apply(t, plan.Op{Kind: plan.MatMul}, leaf(plan.State, "x", n, n), leaf(plan.State, "w", n, n))
	return closing(t, d, compile(t, p, plan.Root{Name: "y", Node: y}))
}

func attend(t *testing.T, o emu.Options, dim int) error {
	d := open(t, emu.New(o))
	y := apply(t, plan.Op{Kind: plan.Attention, Groups: 1}, leaf(plan.Input, "qkv", 1, 2, 3*dim))
	return closing(t, d, compile(t, plan.Float32, plan.Root{Name: "y", Node: y}))
}

// closing loads p and closes what was opened; the emulator finds what leaks.
func closing(t *testing.T, d *Device, p *plan.Plan) error {
	t.Helper()
	g, err := d.Load(t.Context(), p)
	if err == nil {
		must(t, g.Close())
	}
	must(t, d.Close())
	return err
}

// A device that is lost fails every later call, with the first cause, and can
// still be closed.
func TestLostDevice(t *testing.T) {
	for launch := 1; launch <= 3; launch++ {
		d := open(t, emu.New(emu.Options{LoseDevice: launch}))
		g := load(t, d, running(t, 4))
		must(t, g.Write("x", filled(4, 1)))
		var err error
		for range 4 {
			err = errors.Join(err, g.Run())
		}
		if err = errors.Join(err, g.Read("y", make([]float32, 4))); err == nil {
			t.Fatal("a lost device: no error")
		}
		if err := g.Run(); err == nil || !strings.Contains(err.Error(), "failed before") {
			t.Errorf("Run after the loss: %v", err)
		}
		for range 2 { // the loss has been told
			if err := g.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := g.Run(); !errors.Is(err, errClosed) {
			t.Errorf("Run after Close: %v", err)
		}
	}
}

// A device with an open program does not close.
func TestCloseOrder(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, running(t, 4))
	if err := d.Close(); err == nil {
		t.Error("Close with an open program: no error")
	}
	must(t, g.Close())
	must(t, d.Close())
}

// Check finds a bad number among the columns a concatenation copies, and leaves
// states, outputs and the record of Clip as they were.
func TestCheck(t *testing.T) {
	const rows = 3
	a, b := leaf(plan.Input, "a", rows, 2), leaf(plan.Input, "b", rows, 5)
	acc, log := leaf(plan.State, "acc", 1), leaf(plan.State, "log", 5)
	wide := apply(t, plan.Op{Kind: plan.Concat, Rows: rows, Shape: []int{rows, 7}},
		apply(t, plan.Op{Kind: plan.Swap, Dims: [4]int{1, 2, rows, 1}, Shape: []int{rows, 2}}, a),
		apply(t, plan.Op{Kind: plan.Exp}, b))
	loss := apply(t, plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, wide, wide)
	scale := apply(t, plan.Op{Kind: plan.Clip, Max: 1}, log, loss, loss, leaf(plan.Input, "slot", 1))
	p := compile(t, plan.Float32, plan.Root{Name: "wide", Node: wide}, plan.Root{Name: "loss", Node: loss},
		plan.Root{Node: scale},
		plan.Root{Node: apply(t, plan.Op{Kind: plan.Assign}, acc, apply(t, plan.Op{Kind: plan.Add}, acc, loss))})
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, p)
	must(t, g.Write("a", []float32{1, 2, 3, 4, 5, 6}))
	must(t, g.Write("b", make([]float32, 15)))
	must(t, g.Write("log", []float32{1, float32(math.NaN()), 0, 0, 0})) // of a failed step before
	must(t, g.Run())
	before := state(t, g)
	if bad, err := g.Check(); bad != nil || err != nil {
		t.Fatalf("Check() = %v, %v", bad, err)
	}
	if after := state(t, g); after != before {
		t.Errorf("Check changed %s to %s", before, after)
	}
	values := make([]float32, 15)
	values[7], values[11] = 100, 200 // eˣ = ∞ at row 1, column 2 of b and later
	must(t, g.Write("b", values))
	bad, err := g.Check()
	must(t, err)
	if bad == nil || !math.IsInf(float64(bad.Got), 1) {
		t.Fatalf("Check() = %+v, want the infinity", bad)
	}
	if st := p.Steps[bad.Step]; st.Chain == nil || p.Values[st.Chain.Outs[0].Value].Name != bad.Value {
		t.Errorf("Check() = %+v, want the chain that makes it", bad)
	}
	if at := bad.Index; at != 7 && at != 1*7+2+2 {
		t.Errorf("the infinity is at %d, want 7 of b or 11 of the concatenation", at)
	}
	must(t, g.Write("b", filled(15, float32(math.NaN()))))
	if bad, err = g.Check(); err != nil || bad == nil || bad.Step != -1 || bad.Value != "b" || bad.Index != 0 {
		t.Errorf("Check() = %+v, %v, want b[0]", bad, err)
	}
	must(t, g.Close())
	must(t, d.Close())
}

// state prints everything the host can read, bit for bit.
func state(t *testing.T, g *Program) string {
	t.Helper()
	var s strings.Builder
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, q := range ports {
			x := make([]float32, g.plan.Values[q.Value].Size)
			must(t, g.Read(q.Name, x))
			fmt.Fprintf(&s, "%s %v; ", q.Name, x)
		}
	}
	return s.String()
}

// A trace names every launch once, in order, and says that the emulator is none
// to take the time by.
func TestTrace(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g := load(t, d, running(t, 1000))
	must(t, g.Write("x", filled(1000, 1)))
	spans, err := g.Trace()
	must(t, err)
	var names []string
	for _, s := range spans {
		names = append(names, s.Kernel)
		if s.Kernel == "chain_f32" && (s.Grid != [3]uint32{2, 1, 1} || s.Block != [3]uint32{128, 1, 1}) {
			t.Errorf("%+v, want a grid of 2 and blocks of 128", s)
		}
	}
	if want := []string{"chain_f32", "copy", "copy"}; !slices.Equal(names, want) {
		t.Errorf("launches %v, want %v", names, want)
	}
	if l := g.Timeline(); l.Device != d.Name() || l.Stream != "main stream" ||
		!strings.Contains(l.Clock, "not the times of a GPU") {
		t.Errorf("Timeline() = %+v", l)
	}
	y := make([]float32, 1000)
	must(t, g.Read("y", y))
	if !slices.Equal(y, filled(1000, 2)) {
		t.Errorf("a traced run gave y = %v, want 2", y[0])
	}
	must(t, g.Close())
	must(t, d.Close())
}

// Two plans on one device share its modules and nothing else.
func TestTwoPrograms(t *testing.T) {
	d := open(t, emu.New(emu.Options{}))
	g, h := load(t, d, running(t, 8)), load(t, d, running(t, 8))
	must(t, g.Write("x", filled(8, 1)))
	must(t, h.Write("x", filled(8, 5)))
	for range 3 {
		must(t, g.Run())
		must(t, h.Run())
	}
	got := make([]float32, 8)
	for want, p := range map[float32]*Program{3: g, 15: h} {
		must(t, p.Read("acc", got))
		if !slices.Equal(got, filled(8, want)) {
			t.Errorf("acc = %v, want %v", got[0], want)
		}
		must(t, p.Close())
	}
	must(t, d.Close())
}
