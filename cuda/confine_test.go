package cuda

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// unconfined is an emulator that is not told what a launch may touch, and may load
// other PTX than it is given.
type unconfined struct {
	driver.Driver
	old, new string
	told     bool
}

func (d unconfined) Open(k int) (driver.Context, error) {
	ctx, err := d.Driver.Open(k)
	if err != nil || d.told {
		return loading{ctx.(*emu.Context), d}, err
	}
	return struct{ driver.Context }{loading{ctx.(*emu.Context), d}}, err
}

type loading struct {
	*emu.Context
	d unconfined
}

func (l loading) Load(image []byte) (driver.Module, error) {
	return l.Context.Load(bytes.Replace(image, []byte(l.d.old), []byte(l.d.new), 1))
}

// faults are programs that go wrong inside an allocation: no other check of the
// emulator sees them.
var faults = []struct {
	name     string
	old, new string // of the PTX
	roots    func(t *testing.T) []plan.Root
	plan     func(p *plan.Plan)                   // doctors it
	run      func(t *testing.T, g *Program) error // nil: Run, then Read of y
	kind     emu.Kind
	what     string
}{
	{"a neighbour is read", "ld.param.u64 \t%rd7, [sum_rows_f32_param_1];",
		"ld.param.u64 \t%rd7, [sum_rows_f32_param_1]; add.s64 %rd7, %rd7, " +
			"4;", sums, nil, nil, emu.OutOfBounds,
		"0 bytes past the end of x of 400 bytes"},
	{"a neighbour is written", "ld.param.u64 \t%rd6, [sum_rows_f32_param_0];",
		"ld.param.u64 \t%rd6, [sum_rows_f32_param_0]; add.s64 %rd6, %rd6, 4;", sums, nil,
		func(t *testing.T, g *Program) error {
			return firstError(g.Run(), g.ctx.Synchronize(g.main))
		}, emu.OutOfBounds, "0 bytes past the end of y of 16 bytes"},
	{"part of a result is left out", "", "", sums, nil, func(t *testing.T, g *Program) error {
		must(t, g.Run())
		g.launches[0].Grid[0]-- // a block writes one of the four sums
		_, err := g.Trace()
		return firstError(err, g.Read("y", make([]float32, 4)))
	}, emu.Uninitialised, "byte 12 of"},
	{"a temporary is read whose place is taken", "", "", softmaxes, func(p *plan.Plan) {
		p.Steps[3].In[0] = p.Steps[0].Out
	}, nil, emu.Uninitialised, "0 bytes into softmax"},
	{"a temporary is read after its life", "", "", narrowing, nil, func(t *testing.T, g *Program) error {
		must(t, g.Run())
		return g.download(make([]byte, 4), g.addr[g.plan.Steps[0].Out]+256) // y has the first 16 bytes
	}, emu.Uninitialised, "byte 256 of"},
	{"a temporary is read a run later", "", "", narrowing, nil, func(t *testing.T, g *Program) error {
		must(t, g.Run())
		must(t, g.enqueue(0))
		return g.download(make([]byte, 4), g.addr[g.plan.Steps[1].Out])
	}, emu.Uninitialised, "byte 512 of"},
	{"a copy goes to another state", "", "", func(t *testing.T) []plan.Root {
		a, b := leaf(plan.State, "a", 100), leaf(plan.State, "b", 100)
		return []plan.Root{{Node: apply(t, plan.Op{Kind: plan.Assign}, a, leaf(plan.Input, "x", 100))},
			{Name: "y", Node: apply(t, plan.Op{Kind: plan.Scale, Imm: 2}, b)}}
	}, nil, func(t *testing.T, g *Program) error {
		for i := range g.launches {
			if l := &g.launches[i]; l.Kernel == nil {
				l.Dst += 256
				break
			}
		}
		_, err := g.Trace()
		return err
	}, emu.OutOfBounds, "which is outside its operands"},
}

// sums is y[4] = the sums of the rows of x[4,25].
func sums(t *testing.T) []plan.Root {
	x := leaf(plan.Input, "x", 4, 25)
	y := apply(t, plan.Op{Kind: plan.Sum, Outer: 4, Inner: 1, Shape: []int{4}}, x)
	return []plan.Root{{Name: "y", Node: y}}
}

// softmaxes are four in a row: the third is made where the first was.
func softmaxes(t *testing.T) []plan.Root {
	y := leaf(plan.Input, "x", 4, 25)
	for range 4 {
		y = apply(t, plan.Op{Kind: plan.Softmax}, y)
	}
	return []plan.Root{{Name: "y", Node: y}}
}

// narrowing is y[4] = softmax of the sums of the rows of softmax(x[4,25]); y is
// made where the 100 numbers were.
func narrowing(t *testing.T) []plan.Root {
	w := apply(t, plan.Op{Kind: plan.Softmax}, leaf(plan.Input, "x", 4, 25))
	s := apply(t, plan.Op{Kind: plan.Sum, Outer: 4, Inner: 1, Shape: []int{4}}, w)
	return []plan.Root{{Name: "y", Node: apply(t, plan.Op{Kind: plan.Softmax}, s)}}
}

// Each fault is found where the emulator is told of the operands of a launch, and
// passes where it is not.
func TestConfined(t *testing.T) {
	for _, tt := range faults {
		for _, told := range []bool{true, false} {
			d := open(t, unconfined{emu.New(emu.Options{}), tt.old, tt.new, told})
			p := compile(t, plan.Float32, tt.roots(t)...)
			if tt.plan != nil {
				tt.plan(p)
			}
			g := load(t, d, p)
			must(t, g.Write("x", filled(100, 1)))
			var err error
			if tt.run != nil {
				err = tt.run(t, g)
			} else {
				y, _ := p.Port("y")
				err = firstError(g.Run(), g.Read("y", make([]float32, p.Values[y].Size)))
			}
			var f *emu.Finding
			switch found := errors.As(err, &f); {
			case !told && err != nil:
				t.Errorf("%s, not told: %v", tt.name, err)
			case told && (!found || f.Kind != tt.kind || !strings.Contains(f.What, tt.what)):
				t.Errorf("%s: got %v, want %q with %q", tt.name, err, tt.kind, tt.what)
			}
			if !told {
				must(t, g.Close())
				must(t, d.Close())
			}
		}
	}
}
