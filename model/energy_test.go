package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// explicit are the energies that a field can be the gradient of.
func explicit(t *testing.T) (es []Energy) {
	t.Helper()
	for _, word := range energies[0].In.Words {
		if e := Energy(word); e != Implicit {
			es = append(es, e)
		}
	}
	if len(es) == 0 {
		t.Fatal("there are no energies")
	}
	return es
}

// some is net with weights of which none is zero, the same whatever net makes of its output.
func some(t *testing.T, net Network, point []int) Trained {
	t.Helper()
	p := declare(t, net, point)
	w := make([]float32, p.Len)
	for i := range w {
		w[i] = float32(.5 * math.Cos(float64(i)))
	}
	f, err := With(Plain(net), p, "weights", w)
	if err != nil {
		t.Fatal(err)
	}
	if g := Potential(net); g != nil {
		f.Energy = Stored(g, p, "weights")
	}
	return f
}

// function is the output of that name of p as a function of its input "u", in float64.
func function(t *testing.T, f Trained, p *plan.Plan, err error, name string) func(u []float64) []float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	in, err := g.Data("u")
	if err != nil {
		t.Fatal(err)
	}
	out, err := g.Data(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(u []float64) []float64 {
		copy(in, u)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(out)
	}
}

// fieldOf is f at one point.
func fieldOf(t *testing.T, f Trained, point []int) func(u []float64) []float64 {
	t.Helper()
	p, err := f.Plan(t.Context(), 1, point, plan.Float32)
	return function(t, f, p, err, "f")
}

// energyOf is the energy of one point.
func energyOf(t *testing.T, f Trained, point []int) func(u []float64) []float64 {
	t.Helper()
	p, err := f.EnergyPlan(t.Context(), 1, point, plan.Float32)
	return function(t, f, p, err, "g")
}

// differences is the derivative of f in every coordinate of u, by central differences:
// row i is that in coordinate i. They are off by O(h²) and by roundings over h.
func differences(f func(u []float64) []float64, u []float64) [][]float64 {
	const h = 1e-5
	d := make([][]float64, len(u))
	for i := range u {
		v := slices.Clone(u)
		v[i] = u[i] + h
		up := f(v)
		v[i] = u[i] - h
		d[i] = f(v)
		for k := range d[i] {
			d[i][k] = (up[k] - d[i][k]) / (2 * h)
		}
	}
	return d
}

func waved(point []int) []float64 {
	u := make([]float64, plan.Size(point))
	for i := range u {
		u[i] = math.Sin(2 * float64(i))
	}
	return u
}

// The field that an energy makes is the gradient of it, and it is the energy that its
// name says, of every network.
func TestSlope(t *testing.T) {
	nets := tiny
	for _, c := range tiny {
		c.net = Scaled{c.net, .5}
		nets = append(nets, c)
	}
	for _, c := range nets {
		for _, e := range explicit(t) {
			net := Conservative{c.net, e}
			t.Run(fmt.Sprint(net), func(t *testing.T) {
				f, u := some(t, net, c.point), waved(c.point)
				y := fieldOf(t, some(t, c.net, c.point), c.point)(u)
				energy := energyOf(t, f, c.point)
				want := 0.
				for i, v := range y {
					want += map[Energy]float64{DotEnergy: u[i] * v, NormEnergy: -.5 * v * v}[e]
				}
				if got := energy(u)[0]; math.Abs(got-want) > 1e-12*math.Abs(want) {
					t.Errorf("g is %v, want %v", got, want)
				}
				got, most := fieldOf(t, f, c.point)(u), 0.
				for i, d := range differences(energy, u) {
					most = max(most, math.Abs(d[0]))
					if math.Abs(got[i]-d[0]) > 1e-7*(1+math.Abs(d[0])) {
						t.Errorf("∂g/∂u[%d] is %v, want %v", i, got[i], d[0])
					}
				}
				if most < 1e-3 {
					t.Errorf("∇g is %v at most: the test needs more", most)
				}
			})
		}
	}
}

// asymmetry is ‖J − Jᵀ‖ / ‖J + Jᵀ‖ of f's Jacobian at u.
func asymmetry(f func(u []float64) []float64, u []float64) float64 {
	j := differences(f, u)
	var minus, plus float64
	for i := range j {
		for k := range j {
			minus += (j[i][k] - j[k][i]) * (j[i][k] - j[k][i])
			plus += (j[i][k] + j[k][i]) * (j[i][k] + j[k][i])
		}
	}
	return math.Sqrt(minus / plus)
}

// A field that is a gradient turns nowhere: its Jacobian is symmetric, to the error of
// the differences that measure it. That of the network alone is not.
func TestSymmetry(t *testing.T) {
	for _, c := range tiny {
		u := waved(c.point)
		if a := asymmetry(fieldOf(t, some(t, c.net, c.point), c.point), u); a < .1 {
			t.Errorf("%v: asymmetry %.2g, want at least 0.1", c.net, a)
		}
		for _, e := range explicit(t) {
			net := Conservative{c.net, e}
			if a := asymmetry(fieldOf(t, some(t, net, c.point), c.point), u); a > 1e-8 {
				t.Errorf("%v: asymmetry %.2g, want at most 1e-8", net, a)
			}
		}
	}
}

// From where a network starts, the cost has a gradient in the weights: with an energy of
// every form it trains from the first step on. From a zero layer −½‖f‖² would not.
func TestEnergyStarts(t *testing.T) {
	for _, c := range tiny {
		for _, e := range explicit(t) {
			p := declare(t, Conservative{c.net, e}, c.point)
			w := make([]float32, p.Len)
			p.Start(w, 1)
			if got := gradientNorm(t, p, Conservative{c.net, e}, c.point, w); got < 1e-3 {
				t.Errorf("%v, %s: a gradient of %v at the start", c.net, e, got)
			}
			for _, q := range p.List {
				if strings.HasPrefix(q.Name, "out.") {
					clear(w[q.Offset : q.Offset+q.Size()])
				}
			}
			got := gradientNorm(t, p, Conservative{c.net, e}, c.point, w)
			if (got == 0) != (e == NormEnergy) {
				t.Errorf("%v, %s: a gradient of %v from a zero layer", c.net, e, got)
			}
		}
	}
}

// gradientNorm is the norm of the gradient of ‖f(u) − 1‖² in the weights w.
func gradientNorm(t *testing.T, p *Params, net Network, point []int, w []float32) float64 {
	t.Helper()
	b := graph.New()
	u := b.Input("u", append([]int{1}, point...)...)
	bound := p.Bind(b, b.State("weights", p.Len))
	miss := b.Shift(-1, net.Build(b, bound, Inputs{U: u}))
	g := bound.Gradient(b, b.Dot(miss, miss, 1))
	compiled, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "gg", Node: b.Dot(g, g, 1, 1)})
	f := Trained{States: []State{{"weights", w}}}
	return math.Sqrt(function(t, f, compiled, err, "gg")(waved(point))[0])
}

// What is not an energy is refused.
func TestNoEnergy(t *testing.T) {
	c, err := choice.Parse("mlp:energy=mean")
	if err != nil {
		t.Fatal(err)
	}
	if _, faults := New(c, []int{5}); faults.Err() == nil ||
		!strings.Contains(faults.Err().Error(), `energy: got "mean", want none, dot or norm`) {
		t.Errorf("another energy: %v", faults.Err())
	}
	f := some(t, tiny[0].net, tiny[0].point)
	if _, err := f.EnergyPlan(t.Context(), 1, tiny[0].point, plan.Float32); err == nil ||
		!strings.Contains(err.Error(), "the gradient of no energy") {
		t.Errorf("the energy of a network alone: %v", err)
	}
	f.Field = Slope(Energy("sum").Of(f.Field))
	if _, err := f.Plan(t.Context(), 1, tiny[0].point, plan.Float32); err == nil ||
		!strings.Contains(err.Error(), `got "sum", want dot or norm`) {
		t.Errorf("a field of another energy: %v", err)
	}
}
