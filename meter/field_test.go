package meter

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/model"
)

// zeros is data of which every one is 0.
type zeros struct{ datasets.Source }

func (z zeros) Read(dst []float32, _ int) (int32, error) { clear(dst); return 0, nil }

// Where the only datum is 0 the velocity is u/t on the linear schedule, so that u has the gain t,
// of which the target of Equilibrium Matching has κ(t), and noise prediction is r = ε.
func TestGain(t *testing.T) {
	for _, process := range []string{"eqm", "edm"} {
		b := bench(t, process, 3, matrix(3, scaled(3, 2)), func(s *Subject) { s.Data = zeros{s.Data} })
		if process == "edm" { // r = x is 0 there
			b = bench(t, process, 3, matrix(3, scaled(3, 0)), nil)
		}
		r := take(t, b, "gain")
		got := curve(t, r, "learned")
		for k, e := range got.Values {
			if want := 2 * got.At[k]; process == "eqm" && math.Abs(e.Mean-want) > 1e-6 || e.SE > 1e-6 {
				t.Errorf("%s: gain at %v is %+v, want %v", process, got.At[k], e, want)
			}
		}
		if process == "edm" {
			for k, e := range got.Values {
				if e.Mean != 0 {
					t.Errorf("edm: gain of 0 at %v is %+v", got.At[k], e)
				}
			}
			for k, e := range curve(t, r, "1").Values {
				if e.Mean != 1 || e.N != 0 {
					t.Errorf("edm: the gain of a perfect field at %v is %+v, want 1", got.At[k], e)
				}
			}
			continue
		}
		for k, e := range curve(t, r, "κ(t)").Values {
			if want := 4 * min(1, got.At[k]/.2); math.Abs(e.Mean-want) > 1e-12 || e.N != 0 {
				t.Errorf("κ at %v is %+v, want %v", got.At[k], e, want)
			}
		}
	}
}

// Of a matrix S + K with S symmetric and K not, ‖J − Jᵀ‖/‖J + Jᵀ‖ is ‖K‖/‖S‖.
func TestAntisymmetry(t *testing.T) {
	m := []float32{2, 1.5, -.5, .5, 1, 0, 1, .25, -3}
	var odd, even float64
	for i := range 3 {
		for j := range 3 {
			p, q := float64(m[3*i+j]), float64(m[3*j+i])
			odd, even = odd+(p-q)*(p-q), even+(p+q)*(p+q)
		}
	}
	c := curve(t, take(t, bench(t, "eqm", 3, bent(3, m), func(s *Subject) { s.Draws = 1000 }),
		"antisymmetry"), "learned")
	want := math.Sqrt(odd / even)
	for k, e := range c.Values {
		if math.Abs(e.Mean-want) > 4*e.SE || e.SE > .02*want {
			t.Errorf("at %v it is %+v, want %v", c.At[k], e, want)
		}
	}
	c = curve(t, take(t, bench(t, "eqm", 3, bent(3, []float32{2, 1, 0, 1, 1, .5, 0, .5, -3}), nil),
		"antisymmetry"), "learned")
	for k, e := range c.Values {
		if e.Mean > 1e-6 {
			t.Errorf("of a symmetric matrix it is %+v at %v", e, c.At[k])
		}
	}
}

// The exact field of one datum is radial and so a gradient; that of several is none.
func TestAntisymmetryOfTheExactField(t *testing.T) {
	one := func(s *Subject) { s.Data = zeros{s.Data} }
	for k, e := range curve(t, take(t, bench(t, "eqm", 3, bent(3, scaled(3, 1)), one), "antisymmetry"),
		"exact field").Values {
		if !(e.Mean <= 1e-5) {
			t.Errorf("of one datum it is %+v at time %d", e, k)
		}
	}
	var most float64
	b := bench(t, "eqm", 3, bent(3, scaled(3, 1)), nil)
	several := curve(t, take(t, b, "antisymmetry"), "exact field")
	for _, e := range several.Values {
		most = max(most, e.Mean)
	}
	if !(several.Law && most > 0.01) {
		t.Errorf("of several data it is at most %v, want more than 0.01, as a law: %v", most, several.Law)
	}
}

// Gradient descent on f = u shrinks it by 1 − η at each step, and what is stopped has left.
func TestNorms(t *testing.T) {
	gd := func(s *Subject) {
		s.Sample.Sampler, s.Sample.Steps, s.Sample.Eta, s.Sample.Batch = "gd", 11, .1, 16
		s.Sample.Start, s.Draws = 1, 40
	}
	r := take(t, bench(t, "eqm", 8, matrix(8, scaled(8, 1)), gd), "norms")
	for _, c := range r.Curves {
		if len(c.At) != 10 {
			t.Fatalf("%s has %d evaluations, want 10", c.Name, len(c.At))
		}
		for k, e := range c.Values {
			want := c.Values[0].Mean * math.Pow(.9, float64(k))
			if math.Abs(e.Mean-want) > 1e-5*want || e.N != 40 {
				t.Errorf("%s at %v is %+v, want %v", c.Name, c.At[k], e, want)
			}
		}
	}
	first := func(curve int) float64 { return r.Curves[curve].Values[0].Mean }
	if !(first(1) < first(2) && first(2) < first(3)) {
		t.Error("quantiles do not rise")
	}
	stopping := func(s *Subject) { gd(s); s.Sample.Stop = 2 }
	c := curve(t, take(t, bench(t, "eqm", 8, matrix(8, scaled(8, 1)), stopping), "norms"), "mean")
	if last := c.Values[len(c.At)-1]; last.N >= 40 {
		t.Errorf("at the end there are %d samples of 40, some of which have stopped", last.N)
	}
}

// New weights are measured after Refresh, and a field told a class without one.
func TestRefresh(t *testing.T) {
	m := scaled(2, 0)
	b := bench(t, "fm", 2, bent(2, m), nil)
	was := curve(t, take(t, b, "exact"), "relative error, training data").Whole
	copy(m, scaled(2, 5))
	if err := b.Refresh(); err != nil {
		t.Fatal(err)
	}
	is := curve(t, take(t, b, "exact"), "relative error, training data").Whole
	if math.Abs(was.Mean-1) > 1e-3 || !(is.Mean > 2) {
		t.Errorf("relative error %v with weights 0, %v with weights 5", was.Mean, is.Mean)
	}
	for _, name := range Meters.Names() {
		first, again := take(t, b, name), take(t, b, name)
		for i, c := range first.Curves {
			for k, e := range c.Values {
				if e != again.Curves[i].Values[k] {
					t.Fatalf("%s: %s at %v is %v, and %v "+
						"again", name, c.Name, c.At[k], e, again.Curves[i].Values[k])
				}
			}
		}
	}
}

func TestUnlabelled(t *testing.T) {
	net, faults := model.New(choiceOf(t, "mlp:width=8,depth=1,classes=3,label_dropout=0.1"), []int{2})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := model.Declare(net, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	flat := make([]float32, p.Len)
	p.Start(flat, 1)
	f, err := model.With(model.Plain(net), p, "w", flat)
	if err != nil {
		t.Fatal(err)
	}
	take(t, bench(t, "fm", 2, f, nil), "exact")
}

// Whoever ends the context ends the meters, at the next noise time.
func TestEnds(t *testing.T) {
	for _, name := range Meters.Names() {
		ctx, end := context.WithCancel(t.Context())
		b := bench(t, "fm", 2, bent(2, scaled(2, 1)), nil)
		b.ctx = ctx
		last := 0
		_, err := b.Take(name, func(done, of int) {
			if last = done; done < of {
				end()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v after %d", name, err, last)
		}
		end()
	}
}

func TestRefused(t *testing.T) {
	for want, change := range map[string]func(*Subject){
		"got 1 draws":   func(s *Subject) { s.Draws = 1 },
		"and 0 times":   func(s *Subject) { s.Times = 0 },
		"told the time": func(s *Subject) { s.Field.Time = true },
	} {
		s := Subject{Process: named(t, "fm"), Field: matrix(2, scaled(2, 1)), Point: []int{2}, Draws: 2,
			Times: 1}
		change(&s)
		if _, err := New(t.Context(), nil, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	b := bench(t, "fm", 2, matrix(2, scaled(2, 1)), nil)
	if _, err := b.Take("speed", nil); err == nil || !strings.Contains(err.Error(), "speed") {
		t.Errorf("got %v", err)
	}
}

// No reading of t has less rms than E[t|u], whose rms is the deviation of t given u; in many
// dimensions t̂ of a field that grows with the noise comes near.
func TestTHat(t *testing.T) {
	b := bench(t, "eqm", 64, bent(64, scaled(64, 1)), func(s *Subject) { s.Draws = 100 })
	r := take(t, b, "t_hat")
	least, width, read := curve(t, r, "rms of E[t|u] − t").Whole, curve(t, r, "deviation of t given u").Whole,
		curve(t, r, "rms of t̂ − t").Whole
	if math.Abs(least.Mean-width.Mean) > 4*math.Hypot(least.SE, width.SE) {
		t.Errorf("rms of E[t|u] − t is %+v, the deviation of t given u %+v", least, width)
	}
	if read.Mean < least.Mean-2*least.SE || read.Mean > 3*least.Mean {
		t.Errorf("rms of t̂ − t is %+v, of E[t|u] − t %+v", read, least)
	}
}
