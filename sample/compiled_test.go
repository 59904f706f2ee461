package sample

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

func onCPU(t testing.TB) plan.Device {
	t.Helper()
	d, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// waves is a field whose coordinates depend on each other, in a graph and on the
// host: f_d(u) = sin u_d + 0.3 u_{d+1}.
func waves(dim int) (model.Trained, Eval) {
	compiled := func(b *graph.Builder, in model.Inputs) graph.Node {
		n := in.U.Shape()[0]
		first := b.Narrow(in.U, n, 0, 1, n, 1)
		turned := b.Concat(n, []int{n, dim}, b.Narrow(in.U, n, 1, dim-1, n, dim-1), first)
		return b.Add(b.Unary(plan.Sin, in.U), b.Scale(0.3, turned))
	}
	return model.Trained{Field: compiled}, func(f []float64, q Query) error {
		for i := range q.N {
			y := q.Y[i*dim : (i+1)*dim]
			for d := range y {
				f[i*dim+d] = math.Sin(y[d]) + 0.3*y[(d+1)%dim]
			}
		}
		return nil
	}
}

// compiled is the executor of f on the CPU for points of dim coordinates.
func compiled(t testing.TB, f model.Trained, dim int) *Compiled {
	t.Helper()
	x := OnDevice(t.Context(), onCPU(t), f, []int{dim}, plan.Float32)
	x.ReadBy(squash{})
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// squash is a readout that any field has.
type squash struct{}

func (squash) Time(s readout.Scalars) float64 {
	return (s.FF + s.UU + 0.1*math.Abs(s.UF)) / (1 + s.FF + s.UU)
}

// seer is h, which reads t̂ by squash.
func seer(h *Host) *Host {
	h.ReadBy(squash{})
	return h
}

// Every method moves points on a device where it moves them on the host, to a few
// roundings of float32, and what becomes of a point there depends on its number
// alone, to the bit.
func TestCompiledFollowsTheHost(t *testing.T) {
	const dim, n = 5, 21
	f, eval := waves(dim)
	for _, m := range ordered() {
		if m.Part != Whole { // no device has it
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = m.Name, n, n, 30, 0.03 })
			if !m.Clock {
				s.Stop = 0.9
			}
			p := method(t, "fm")
			want := exactly(t, eval, p, dim, s)
			got, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.NFE, want.NFE) || got.Stopped != want.Stopped {
				t.Errorf("evaluations %v, on the host %v", got.NFE, want.NFE)
			}
			if s.Stop > 0 && (got.Stopped == 0 || got.Stopped == n) {
				t.Errorf("%d of %d points stopped; the test needs both kinds", got.Stopped, n)
			}
			within := 64 * u32
			if m.Error { // a rounding changes the steps, and what they leave of the error
				within = 1e-4
			}
			for i, x := range got.X {
				if gap := math.Abs(float64(x - want.X[i])); gap > within*math.Max(1,
					math.Abs(float64(want.X[i]))) {
					t.Fatalf("x[%d] = %v, on the host %v", i, x, want.X[i])
				}
			}
			for _, batch := range []int{1, 4, 20} {
				s.Batch = batch
				r, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
				if err != nil {
					t.Fatal(err)
				}
				same(t, m.Name, r, got, n)
			}
		})
	}
}

// langevin is a throw-away method that adds noise and whose points' paths differ in
// length: u ← u − ηf + √(2η) z, ended by its own rule.
var langevin = Method{Name: "langevin", Registers: 1, Order: 1, Noise: true, Adaptive: true,
	Path: func(r Recipe) func() Path {
		st := Stage{T: math.NaN(), Ask: []float64{1}, Set: [][]float64{{1, -r.Eta, math.Sqrt(2 * r.Eta)}}}
		return func() Path { return &until{stage: st, most: r.Steps} }
	}}

// until repeats a stage until ‖f‖ > 2 has been seen.
type until struct {
	stage Stage
	most  int
	k     int
}

func (p *until) Next(norms []float64) (*Stage, bool) {
	if p.k == p.most || norms != nil && norms[0] > 2 {
		return nil, false
	}
	p.k++
	return &p.stage, true
}

func (p *until) Err() error { return nil }
func (p *until) Len() int   { return p.most }
func (p *until) Reset()     { p.k = 0 }

// keepers is a sink of n points of dim coordinates.
func keepers(n, dim int) *inMemory {
	return &inMemory{Result: Result{Dim: dim, X: make([]float32, n*dim), NFE: make([]int, n)}}
}

// along takes n points along a method that is not in the table.
func along(t *testing.T, x Executor, m Method, n, batch int) *Result {
	t.Helper()
	paths := m.Path(Recipe{Spec: Spec{Steps: 25, Eta: 0.05}})
	c := course{method: m, scale: 1, paths: paths, most: paths().Len()}
	w, err := newBatch(x, c, 9, batch)
	if err != nil {
		t.Fatal(err)
	}
	sink := keepers(n, x.Dim())
	w.sink = sink
	if err := w.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &sink.Result
}

// A point's noise is its own: a function of its number and of how many stages it
// has come, not of the row it is in, the batch, or who has left it.
func TestFreshNoiseIsThePoints(t *testing.T) {
	const dim, n = 4, 19
	f, eval := waves(dim)
	want := along(t, OnHost(eval, dim), langevin, n, n)
	got := along(t, compiled(t, f, dim), langevin, n, n)
	if slices.Min(want.NFE) == slices.Max(want.NFE) {
		t.Fatalf("all paths have %d stages; the test needs different ones", want.NFE[0])
	}
	if !slices.Equal(got.NFE, want.NFE) {
		t.Errorf("evaluations %v, on the host %v", got.NFE, want.NFE)
	}
	for i, x := range got.X {
		if gap := math.Abs(float64(x - want.X[i])); gap > 256*u32*math.Max(1, math.Abs(float64(want.X[i]))) {
			t.Fatalf("x[%d] = %v, on the host %v", i, x, want.X[i])
		}
	}
	for _, batch := range []int{1, 3, 8} {
		same(t, fmt.Sprint("host, batch ", batch), along(t, OnHost(eval, dim), langevin, n, batch), want, n)
		same(t, fmt.Sprint("compiled, batch ", batch), along(t, compiled(t, f, dim), langevin, n, batch),
			got, n)
	}
}

// advance takes points of two registers through stages, each from a stage
// of its own on, and returns where they end.
func advance(t *testing.T, f model.Trained, u []float64, stages []Stage, from []int) []float32 {
	t.Helper()
	x := compiled(t, f, len(u)/len(from))
	if err := x.Reserve(Form{Registers: 2}, len(from)); err != nil {
		t.Fatal(err)
	}
	if err := x.Begin(u); err != nil {
		t.Fatal(err)
	}
	for k := range len(stages) + slices.Max(from) {
		rows := make([]Row, len(from))
		for i, late := range from {
			rows[i].Stage = &stayOfTwo
			if k >= late && k-late < len(stages) {
				rows[i].Stage = &stages[k-late]
			}
		}
		if err := x.Step(rows); err != nil {
			t.Fatal(err)
		}
	}
	all := make([]int, len(from))
	for i := range all {
		all[i] = i
	}
	end := make([]float32, len(u))
	if err := x.Points(end, all); err != nil {
		t.Fatal(err)
	}
	return end
}

// Two points in one batch, one a stage behind the other, end where both end alone.
func TestPointsAtDifferentStages(t *testing.T) {
	const dim = 5
	f, _ := waves(dim)
	p := method(t, "fm")
	s := with(func(s *Spec) { s.Sampler, s.Steps = "heun", 6 })
	c, err := s.course(p)
	if err != nil {
		t.Fatal(err)
	}
	var stages []Stage
	path := c.paths()
	for st, ok := path.Next(nil); ok; st, ok = path.Next(nil) {
		stages = append(stages, *st)
	}
	u := []float64{.3, -1, .2, .9, 1.7, -.6, 2, .1, -.4, .5}
	both := advance(t, f, u, stages, []int{0, 1})
	for i := range 2 {
		alone := advance(t, f, u[i*dim:(i+1)*dim], stages, []int{0})
		if got := both[i*dim : (i+1)*dim]; !slices.Equal(got, alone) {
			t.Errorf("point %d ends at %v beside another and at %v alone", i, got, alone)
		}
	}
}

// A field that takes a time and a label is told those of each point.
func TestTimeAndLabel(t *testing.T) {
	f := model.Trained{Time: true, Label: true, Field: func(b *graph.Builder, in model.Inputs) graph.Node {
		shape := in.U.Shape()
		return b.Add(b.Mul(b.SpreadColumn(in.T, shape...), in.U), b.SpreadColumn(in.Label, shape...))
	}}
	x := compiled(t, f, 2)
	if err := x.Reserve(Form{Registers: 1}, 2); err != nil {
		t.Fatal(err)
	}
	if err := x.Begin([]float64{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	ask := func(at float64) *Stage { return &Stage{T: at, Ask: []float64{1}, Set: [][]float64{{0, 1}}} }
	if err := x.Step([]Row{{Stage: ask(0.5), Label: 7}, {Stage: ask(2), Label: 100}}); err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 4)
	if err := x.Points(got, []int{0, 1}); err != nil {
		t.Fatal(err)
	}
	if want := []float32{7.5, 8, 106, 108}; !slices.Equal(got, want) {
		t.Errorf("t u + label is %v, want %v", got, want)
	}
	err := x.Step([]Row{{Stage: ask(math.NaN())}, {Stage: ask(1)}})
	if err == nil || !strings.Contains(err.Error(), "the field takes a time") {
		t.Errorf("a stage without a time: %v", err)
	}
	if err := x.Step([]Row{{Stage: &stayOfTwo}, {Stage: &stayOfTwo}}); err == nil {
		t.Error("a stage of two registers moves a point of one")
	}
}

// stayOfTwo leaves a point of two registers where it is.
var stayOfTwo = Stage{Ask: []float64{1, 0}, Set: [][]float64{{1, 0, 0}, {0, 1, 0}}}
