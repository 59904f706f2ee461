package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// A scaled network's field is the network's at the scaled point: told the time, at the
// point times what it is given; blind, at u/√(σd² + ‖u‖²/D).
func TestScaled(t *testing.T) {
	const sigma, n = .25, 4
	scales := []float32{2, .5, 1e-3, 0}
	lengths := []float32{1e-6, .3, 1, 80}
	for _, c := range tiny {
		for _, clock := range []bool{false, true} {
			net := twin(t, c.net, Condition{Clock: clock})
			p, dim := declare(t, Scaled{net, sigma}, c.point), plan.Size(c.point)
			w := make([]float32, p.Len)
			for i := range w {
				w[i] = float32(.5 * math.Cos(float64(i)))
			}
			field := func(net Network) Trained {
				f, err := With(func(p *Params) Field {
					return func(b *graph.Builder, in Inputs) graph.Node {
						if clock {
							in.Scale = b.Input("scale", n)
						}
						return net.Build(b, p, in)
					}
				}, p, "weights", w)
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			in := map[string][]float32{"t": {0, 300, 700, 1000}, "scale": scales}
			u := make([]float32, n*dim)
			for i := range u {
				u[i] = lengths[i/dim] * float32(math.Sin(float64(i+1)))
			}
			in["u"] = u
			got := evaluated(t, field(Scaled{net, sigma}), c.point, n, in)
			seen := slices.Clone(u)
			for k := range n {
				x, square := seen[k*dim:(k+1)*dim], 0.
				for _, v := range x {
					square += float64(v) * float64(v) / float64(dim)
				}
				scale := 1 / math.Sqrt(sigma*sigma+square)
				if clock {
					scale = float64(scales[k])
				}
				for i := range x {
					x[i] *= float32(scale)
				}
			}
			in["u"] = seen
			want := evaluated(t, field(net), c.point, n, in)
			for i := range got { // seen is rounded to float32
				if math.Abs(got[i]-want[i]) > 1e-5*(1+math.Abs(want[i])) {
					t.Errorf("%v, clock %t: f[%d] is %v, want %v", net, clock, i, got[i], want[i])
				}
			}
		}
	}
}

// A network that is told the time sees a point that someone must have scaled.
func TestScaledByNone(t *testing.T) {
	net := Scaled{twin(t, tiny[0].net, Condition{Clock: true}), .5}
	p := declare(t, net, tiny[0].point)
	_, err := Untrained(Plain(net), p, "weights").Plan(t.Context(), 1, tiny[0].point, plan.Float32)
	if err == nil || !strings.Contains(err.Error(), "is given no scale") {
		t.Errorf("error %v", err)
	}
}
