package cuda

import (
	"slices"
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
	return compile(t, plan.Float32, plan.Root{Name: "y",
		Node: apply(t, plan.Op{Kind: plan.Scale, Imm: 2}, sum)},
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
