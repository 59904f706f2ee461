package eval

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
)

// normal is the exact field, told the time, of data N(0, s²): f = k(t)u with
//
//	E[x|u] = a s² u/S,   E[ε|u] = b u/S,   S = a² s² + b²,   k = (c a s² + d b)/S
type normal struct {
	p      *field.Process
	square float64 // s²
	dim    int
}

func (g normal) variance(t float64) float64 {
	a, b := g.p.Schedule.A.Eval(t), g.p.Schedule.B.Eval(t)
	return a*a*g.square + b*b
}

func (g normal) at(f, divergence, u []float64, _ int, t float64) error {
	a, b := g.p.Schedule.A.Eval(t), g.p.Schedule.B.Eval(t)
	k := (g.p.Target.C.Eval(t)*a*g.square + g.p.Target.D.Eval(t)*b) / g.variance(t)
	for e, v := range u {
		f[e] = k * v
	}
	for i := range divergence {
		divergence[i] = k * float64(g.dim)
	}
	return nil
}

func (g normal) batch() int { return 3 }

// Of data that are normal the flow is u(t) ∝ √S(t), so the density of where it takes
// N(0, b²) is normal, too. Every process finds it, with an error that falls with the fourth
// power of the step.
func TestDensityOfANormal(t *testing.T) {
	for _, name := range field.Processes.Names() {
		spec, err := field.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := spec.Process()
		if err != nil {
			t.Fatal(err)
		}
		const dim = 3
		x := []float64{.1, -.4, .7, 1, 1, -1, 0, 0, 0, 2, .5, .1}
		worst := func(steps int) (miss float64) {
			m := likelihood{steps: steps, start: .6 * min(p.Prior.Max, 2), end: .1}
			times, err := m.times(p)
			if err != nil {
				t.Fatal(err)
			}
			g := normal{p, .25, dim}
			got, err := logDensities(g, p, times, x, dim, func(int, int) {})
			if err != nil {
				t.Fatal(err)
			}
			b := p.Schedule.B.Eval(times[0])
			v := b * b * g.variance(.1) / g.variance(times[0])
			for i := range got {
				want := -dim * math.Log(2*math.Pi*v) / 2
				for _, e := range x[i*dim : (i+1)*dim] {
					want -= e * e / (2 * v)
				}
				miss = max(miss, math.Abs(got[i]-want))
			}
			return miss
		}
		coarse, fine := worst(16), worst(32)
		if order := math.Log2(coarse / fine); order < 3.5 || fine > 1e-4 {
			t.Errorf("%s: an error of %.3g in 16 steps, %.3g in 32: order %.2f, want 4", name, coarse, fine,
				order)
		}
	}
}

// Dequantised values lie in the interval of theirs, and what is drawn depends on the point and
// the seed; values of any number stay.
func TestDequantised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.IntRange(2, 256).Draw(t, "levels")
		const dim, n = 7, 3
		x := make([]float32, dim*n)
		for e := range x {
			x[e] = -1 + 2*float32(rapid.IntRange(0, levels-1).Draw(t, "level"))/float32(levels-1)
		}
		y, again := dequantised(x, dim, -1, 1, levels, 5), dequantised(x[:dim], dim, -1, 1, levels, 5)
		other := dequantised(x, dim, -1, 1, levels, 6)
		same := 0
		for e, v := range y {
			if math.Abs(v-float64(x[e])) > step(-1, 1, levels)/2 {
				t.Fatalf("%v became %v", x[e], v)
			}
			if e < dim && v != again[e] {
				t.Fatal("a point depends on how many there are")
			}
			if v == other[e] {
				same++
			}
		}
		if same == len(y) {
			t.Fatal("the seed changes nothing")
		}
	})
	x := []float32{.1, .2}
	for e, v := range dequantised(x, 2, -1, 1, 0, 1) {
		if v != float64(x[e]) {
			t.Errorf("%v became %v", x[e], v)
		}
	}
	if got := step(-1, 1, 17); got != .125 {
		t.Errorf("17 levels are %v apart, want 0.125", got)
	}
}

// A flow that starts or ends where μ or ν is infinite is refused; where it is its own it ends
// before that.
func TestTimesOfAFlow(t *testing.T) {
	for _, tt := range []struct {
		process, target string
		m               likelihood
		start, end      float64
		want            string
	}{
		{"fm", "", likelihood{steps: 4}, 1, 0, ""},
		{"eqm", "", likelihood{steps: 4}, 1, .001, ""},
		{"edm", "", likelihood{steps: 4}, 80, .002, ""},
		{"eqm", "", likelihood{steps: 4, end: 1e-9}, 1, 1e-9, ""},
		{"fm", "", likelihood{steps: 4, start: 2}, 0, 0, "start: got 2"},
		{"fm", "", likelihood{steps: 4, start: .5, end: .7}, 0, 0, "end: got 0.7"},
		{"fm", "noise", likelihood{steps: 4}, 0, 0, "start: got the interval"},
	} {
		spec, err := field.Named(tt.process)
		if err != nil {
			t.Fatal(err)
		}
		if tt.target != "" {
			spec.Target = choice.Choice{Kind: tt.target}
		}
		p, err := spec.Process()
		if err != nil {
			t.Fatal(err)
		}
		times, err := tt.m.times(p)
		switch {
		case tt.want != "":
			if err == nil || len(err.Error()) < len(tt.want) || err.Error()[:len(tt.want)] != tt.want {
				t.Errorf("%s, %+v: got %v, %v, want %s", tt.process, tt.m, times, err, tt.want)
			}
		case err != nil || times[0] != tt.start || times[4] != tt.end:
			t.Errorf("%s, %+v: got %v, %v, want %v to %v", tt.process, tt.m, times, err, tt.start, tt.end)
		}
	}
}
