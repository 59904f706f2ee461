package reference

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

// Device runs plans in float64, one step after another.
type Device struct{}

// Name is "reference".
func (Device) Name() string { return "reference" }

// Precisions are all there are. At BFloat16 the operands of products and convolutions, and
// queries, keys and values, are rounded; at TF32 none are.
func (Device) Precisions() []plan.Precision { return plan.Precisions() }

// Close does nothing.
func (Device) Close() error { return nil }

// Load binds p to memory.
func (Device) Load(ctx context.Context, p *plan.Plan) (plan.Program, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("reference: Load: %w", context.Cause(ctx))
	}
	return Load(p), nil
}

// Program is a plan with its values in float64.
type Program struct {
	plan   *plan.Plan
	values [][]float64 // by value; an alias is a slice of its base
	arena  []float64
	sent   map[string][]float32 // and not received
}

// Load gives every value of p its storage. The arena is shared as the plan says
// and poisoned with NaN, so that a step that reads what none has written shows. It has an
// element for each word, or two where some values have as many in a word.
func Load(p *plan.Plan) *Program {
	g := &Program{plan: p, values: make([][]float64, len(p.Values)), sent: map[string][]float32{}}
	each := 1
	if p.HalfBytes() > 0 {
		each = 2
	}
	arena := make([]float64, each*p.Arena)
	for i := range arena {
		arena[i] = math.NaN()
	}
	g.arena = arena
	for i, v := range p.Values {
		switch v.Class {
		case plan.Temporary:
			g.values[i] = arena[each*v.Offset:][:v.Size]
		case plan.InputClass, plan.StateClass:
			g.values[i] = make([]float64, v.Size)
		}
	}
	for i, v := range p.Values {
		if v.Class == plan.Alias {
			g.values[i] = g.values[v.Base][v.Offset : v.Offset+v.Size]
		}
	}
	return g
}

// Data returns the storage of a named value, in float64.
func (g *Program) Data(name string) ([]float64, error) {
	v, ok := g.plan.Port(name)
	if !ok {
		return nil, fmt.Errorf("reference: no input, state or output is called %q", name)
	}
	return g.values[v], nil
}

// Write converts src.
func (g *Program) Write(name string, src []float32) error {
	d, err := g.Data(name)
	if err != nil {
		return err
	}
	if len(d) != len(src) {
		return fmt.Errorf("reference: Write: %d elements for %q, want %d", len(src), name, len(d))
	}
	for i, x := range src {
		d[i] = float64(x)
	}
	return nil
}

// WriteAt converts src.
func (g *Program) WriteAt(name string, first int, src []float32) error {
	for _, q := range g.plan.States {
		if q.Name != name {
			continue
		}
		d := g.values[q.Value]
		if err := plan.Within(len(d), first, len(src)); err != nil {
			return fmt.Errorf("reference: WriteAt: %q: %w", name, err)
		}
		for i, x := range src {
			d[first+i] = float64(x)
		}
		return nil
	}
	return fmt.Errorf("reference: WriteAt: no state is called %q", name)
}

// Buffer is plain memory, which Write converts.
func (g *Program) Buffer(name string) ([]float32, error) {
	for _, q := range g.plan.Inputs {
		if q.Name == name {
			return make([]float32, g.plan.Values[q.Value].Size), nil
		}
	}
	return nil, fmt.Errorf("reference: Buffer: no input is called %q", name)
}

// Read converts to dst.
func (g *Program) Read(name string, dst []float32) error {
	d, err := g.Data(name)
	if err != nil {
		return err
	}
	if len(d) != len(dst) {
		return fmt.Errorf("reference: Read: %d elements for %q, want %d", len(dst), name, len(d))
	}
	for i, x := range d {
		dst[i] = float32(x)
	}
	return nil
}

// Send keeps a copy of a value.
func (g *Program) Send(name string) error {
	if g.sent[name] != nil {
		return fmt.Errorf("reference: Send: %q was sent before, want it received first", name)
	}
	d, err := g.Data(name)
	if err != nil {
		return err
	}
	g.sent[name] = make([]float32, len(d))
	return g.Read(name, g.sent[name])
}

// Receive hands over the copy that Send kept.
func (g *Program) Receive(name string, dst []float32) error {
	x := g.sent[name]
	switch {
	case x == nil:
		return fmt.Errorf("reference: Receive: %q was not sent", name)
	case len(x) != len(dst):
		return fmt.Errorf("reference: Receive: %d elements for %q, want %d", len(dst), name, len(x))
	}
	copy(dst, x)
	delete(g.sent, name)
	return nil
}

// Copy copies from another program of this package.
func (g *Program) Copy(name string, src plan.Program, from string) error {
	s, ok := src.(*Program)
	if !ok {
		return fmt.Errorf("reference: Copy: a program of %T, want one of the reference", src)
	}
	d, err := g.Data(name)
	if err != nil {
		return err
	}
	x, err := s.Data(from)
	if err != nil {
		return err
	}
	if len(d) != len(x) {
		return fmt.Errorf("reference: Copy: %d elements for %q, want %d", len(x), name, len(d))
	}
	copy(d, x)
	return nil
}

// Close does nothing.
func (g *Program) Close() error { return nil }

// Arena is the storage of the temporaries, for tests that look where a step may
// not have written, or spoil what none may read.
func (g *Program) Arena() []float64 { return g.arena }

// Run runs every step.
func (g *Program) Run() error {
	for s := range g.plan.Steps {
		if err := g.Step(s); err != nil {
			return err
		}
	}
	return nil
}

// Check runs the plan one step at a time and returns the first value that is not
// finite; see plan.FirstNonFinite.
func (g *Program) Check() (*plan.NonFinite, error) {
	return plan.FirstNonFinite(g.plan, plan.OnHost(g.plan, g.values, g.Step))
}

// Step runs step s alone.
func (g *Program) Step(s int) error {
	st := &g.plan.Steps[s]
	if st.Chain != nil {
		g.chain(st.Chain)
		return nil
	}
	in := make([]Tensor, len(st.In))
	for i, v := range st.In {
		in[i] = Tensor{g.values[v], g.plan.Values[v].Shape}
		if g.plan.Precision == plan.BFloat16 && rounded(st.Op.Kind, i) {
			in[i].Data = slices.Clone(in[i].Data)
			round(in[i].Data)
		}
	}
	operands := in
	if st.Bias {
		operands = in[:2]
	}
	out, err := Eval(st.Op, operands...)
	if err != nil {
		return err
	}
	dst := g.values[st.Out]
	if n := copy(dst, out.Data); st.Split {
		copy(g.values[st.Rest], out.Data[n:])
	}
	if st.Bias {
		for i := range dst {
			dst[i] += in[2].Data[i%len(in[2].Data)]
		}
	}
	if g.plan.Values[st.Out].Storage == plan.InBFloat16 {
		round(dst)
	}
	return nil
}

// chain is the definition of plan.Chain, element by element.
func (g *Program) chain(ch *plan.Chain) {
	regs := make([]float64, ch.Regs)
	for i := range ch.Len {
		for _, in := range ch.Code {
			switch k := in.Kind; {
			case k == plan.Load:
				a := ch.Args[in.A]
				regs[in.Dst] = g.values[a.Value][a.View.At(i)]
			case k == plan.Store:
				a := ch.Outs[in.A]
				to := g.values[a.Value][a.View.At(i):][:1]
				to[0] = regs[in.B]
				if g.plan.Values[a.Value].Storage == plan.InBFloat16 {
					round(to)
				}
			case k.Random():
				a := ch.Args[in.A]
				rows := g.values[a.Value][a.View.At(0):]
				sample, draw := drawn(rows, i/in.Row, in.Purpose)
				regs[in.Dst] = Draw(k, in.Seed, sample, draw, i%in.Row)
			default:
				regs[in.Dst] = Pointwise(k, in.Imm, regs[in.A], regs[in.B])
			}
		}
	}
}
