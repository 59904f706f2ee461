package model

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// traces is the divergence of f at one point, exact for probes = 0, otherwise with the
// probes v.
func traces(t *testing.T, f Trained, point []int, probes int, v []float32) func(u []float64) []float64 {
	t.Helper()
	p, err := f.DivergencePlan(t.Context(), 1, point, probes, plan.Float32)
	if probes > 0 {
		f.States = append(f.States, State{"v", v})
	}
	return function(t, f, p, err, "divergence")
}

// The divergence is the trace of the Jacobian that differences show, of every network and of
// the gradient of every energy. Probes along the axes, √D long, find it too; another probe v
// finds vᵀJv.
func TestDivergence(t *testing.T) {
	for _, c := range tiny {
		for _, net := range append([]Network{c.net}, conservative(t, c.net)...) {
			t.Run(fmt.Sprint(net), func(t *testing.T) {
				f, u, dim := some(t, net, c.point), waved(c.point), plan.Size(c.point)
				j := differences(fieldOf(t, f, c.point), u)
				v, axes := make([]float32, dim), make([]float32, dim*dim)
				var trace, along, size float64
				for i := range v {
					v[i] = float32(math.Cos(3 * float64(i)))
					axes[i*dim+i] = float32(math.Sqrt(float64(dim)))
					trace += j[i][i]
					size += math.Abs(j[i][i])
				}
				for i := range v {
					for k := range v {
						along += float64(v[k]) * j[i][k] * float64(v[i])
					}
				}
				if size < 1e-3 {
					t.Fatalf("a diagonal of %v: the test needs more", size)
				}
				for _, tt := range []struct {
					what      string
					got, want float64
				}{{"exact", traces(t, f, c.point, 0, nil)(u)[0], trace},
					{"along the axes", traces(t, f, c.point, dim, axes)(u)[0], trace},
					{"along one probe", traces(t, f, c.point, 1, v)(u)[0], along}} {
					if math.Abs(tt.got-tt.want) > 1e-5*(size+math.Abs(along)) {
						t.Errorf("%s: got %v, want %v", tt.what, tt.got, tt.want)
					}
				}
			})
		}
	}
}

// conservative are the gradients of the energies of net.
func conservative(t *testing.T, net Network) (nets []Network) {
	for _, e := range explicit(t) {
		nets = append(nets, Conservative{net, e})
	}
	return nets
}

// atInputs is the output of that name of p at inputs, in float64.
func atInputs(t *testing.T, f Trained, p *plan.Plan, err error, name string,
	inputs map[string][]float64) []float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	for in, x := range inputs {
		to, err := g.Data(in)
		if err != nil {
			t.Fatal(err)
		}
		copy(to, x)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := g.Data(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The plan of a divergence gives the field as well, to each point its own, of points that are
// told a time and a class.
func TestDivergenceOfMany(t *testing.T) {
	const n, dim = 3, 4
	f := Trained{Time: true, Label: true, Field: func(b *graph.Builder, in Inputs) graph.Node {
		rows := in.U.Shape()[0] // f = t u² + k u: the divergence is 2t Σu + kD
		t, k := b.SpreadColumn(in.T, rows, dim), b.SpreadColumn(in.Label, rows, dim)
		return b.Add(b.Mul(t, b.Mul(in.U, in.U)), b.Mul(k, in.U))
	}}
	for _, probes := range []int{0, 2} {
		p, err := f.DivergencePlan(t.Context(), n, []int{dim}, probes, plan.Float32)
		g := f
		if probes > 0 { // ±1, with which a diagonal Jacobian is found exactly
			v := make([]float32, n*probes*dim)
			for i := range v {
				v[i] = float32(1 - 2*(i*i/3%2))
			}
			g.States = []State{{"v", v}}
		}
		inputs := map[string][]float64{"t": {.5, 2, -1}, "label": {0, 3, 1}}
		for _, out := range []string{"f", "divergence"} {
			u := make([]float64, n*dim)
			for i := range u {
				u[i] = math.Sin(float64(i))
			}
			got := atInputs(t, g, p, err, out,
				map[string][]float64{"u": u, "t": inputs["t"], "label": inputs["label"]})
			for i := range n {
				s, k, sum := inputs["t"][i], inputs["label"][i], 0.
				for e, v := range u[i*dim : (i+1)*dim] {
					sum += v
					if want := s*v*v + k*v; out == "f" && math.Abs(got[i*dim+e]-want) > 1e-12 {
						t.Errorf("%d probes: f of point %d is %v, want %v", probes, i, got[i*dim+e], want)
					}
				}
				if want := 2*s*sum + k*dim; out == "divergence" && math.Abs(got[i]-want) > 1e-12 {
					t.Errorf("%d probes: divergence of point %d is %v, want %v", probes, i, got[i], want)
				}
			}
		}
	}
	if _, err := f.DivergencePlan(t.Context(), n, []int{dim}, -1, plan.Float32); err == nil {
		t.Error("−1 probes were taken")
	}
}
