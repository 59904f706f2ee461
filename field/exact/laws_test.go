package exact

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// Near an atom the transport correction does not vanish beside the natural
// gradient: the ratio tends to −1/(D−1) for noise prediction and −2/(D−1) for
// a denoiser, since the posterior keeps its relative width as it collapses.
func TestTransportDoesNotVanishNearData(t *testing.T) {
	s := field.EDM()
	for _, dim := range []int{4, 8, 32, 128} {
		u := make([]float64, dim)
		for _, r := range []float64{1e-2, 1e-3, 1e-4} {
			u[0] = r
			for _, tt := range []struct {
				target field.Target
				want   float64
			}{{field.Noise(s), -1 / float64(dim-1)}, {field.Data(s), -2 / float64(dim-1)}} {
				a := mustAtoms(t, field.NewProcess(s, tt.target, field.Uniform(0, 1)),
					atOrigin(dim))
				q := mustDecompose(t, a, u)
				// The prior's end at 1 moves E[t²|u] by a tail of order r^(D−3).
				tail := 20 * math.Pow(r, float64(dim-3))
				near(t, fmt.Sprintf("D=%d r=%g %s: transport/natural", dim, r, tt.target.Name),
					q.Transport[0]/q.Natural[0], tt.want, 1e-11+tail)
			}
		}
	}
}

// λ̄ of flow matching grows like −log(1 − t_max) while f* converges: the reason
// for Process.Notes. Each decade of 1 − t_max adds p(u|1)·ln 10/p(u), about 1.7,
// and at t_max = 1 there is no decomposition.
func TestDecompositionDivergesAtPole(t *testing.T) {
	s := field.Linear()
	upTo := func(top float64) *Blind {
		return mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, top)), triangle)
	}
	var last float64
	limit := mustField(t, upTo(1), probe)
	for i, top := range []float64{0.999, 0.9999, 0.99999, 0.999999} {
		a := upTo(top)
		lambda := mustDecompose(t, a, probe).Lambda
		if i > 0 {
			given, energy := mustGiven(t, a, probe, 1), mustEnergy(t, a, probe)
			decade := math.Exp(-given.Energy+energy) / (top - 0.02) * math.Ln10
			near(t, "λ̄ of one more decade", lambda-last, decade, 300*(1-top))
			nearVec(t, "f*", mustField(t, a, probe), limit, 10*(1-top))
		}
		last = lambda
	}
	if d, err := upTo(1).Decompose(probe); err == nil || !strings.Contains(err.Error(), "E[λ|u]") {
		t.Errorf("at t_max = 1 the decomposition is %v, %v; want an error that names E[λ|u]", d, err)
	}
}

// VP's velocity has c ~ (1−t)^−½ and d ~ t^−½: f* is finite and its quadrature
// reaches the distances that decide its last digits, far below the spacing of
// numbers near 1. On one normal N(0, τ²I), where a²τ² + b² = 1 for τ = 1, the
// posterior of t is the prior and f* = E[ȧa + ḃb] u = 0; for the mean of ḃb alone
// it would be u/2.
func TestIntegrablePoles(t *testing.T) {
	s := field.VP()
	data := atOrigin(3)
	data.Jitter = 1
	u := []float64{0.3, -1, 2}
	half := field.Target{Name: "half", C: field.Zero, D: s.DB()}
	for _, tt := range []struct {
		target field.Target
		want   float64
	}{{field.Velocity(s), 0}, {half, 0.5}} {
		f := mustField(t, mustAtoms(t, field.NewProcess(s, tt.target, field.Uniform(0, 1)), data), u)
		for i := range u {
			near(t, tt.target.Name, f[i], tt.want*u[i], 1e-14*math.Abs(u[i]))
		}
	}
	// E[t^−½] = 2 under the uniform prior: the same at an end that is not compensated.
	rest := field.Target{Name: "t^-1/2", C: field.Zero, D: field.One.Div(s.B.Square())}
	f := mustField(t, mustAtoms(t, field.NewProcess(s, rest, field.Uniform(0, 1)), data), u)
	near(t, "E[b/b²]", f[0], 2*u[0], 1e-13)
}

// A point on a datum has no posterior where the prior reaches t = 0, nor has a
// point that no noise explains: an error, and never NaN. The same point has one
// where the prior starts above 0.
func TestUnresolvedPointsAreErrors(t *testing.T) {
	s := field.Linear()
	reaches := mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1)), triangle)
	starts := mustAtoms(t, field.NewProcess(s, field.Velocity(s), field.Uniform(0.01, 1)), triangle)
	for _, tt := range []struct {
		name string
		u    []float64
		want string
	}{
		{"on a datum", triangle.Points[1], "not resolved between t = 0 and"},
		{"too short", []float64{1}, "dimension 1, want 2"},
		{"NaN", []float64{0, math.NaN()}, "coordinate 1 of the point is NaN"},
		{"infinite", []float64{math.Inf(1), 0}, "coordinate 0 of the point is +Inf"},
		{"beyond float64", []float64{1e300, 0}, "squared distance of the point to datum 0"},
	} {
		for what, ask := range map[string]func() error{
			"At":     func() error { _, err := reaches.At(tt.u); return err },
			"Field":  func() error { _, err := reaches.Field(tt.u); return err },
			"Energy": func() error { _, err := reaches.Energy(tt.u); return err },
		} {
			if err := ask(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s of a point %s: %v, want %q", what, tt.name, err, tt.want)
			}
		}
	}
	if p := mustAt(t, starts, triangle.Points[1]); !(p.EdgeLo > 0.5) {
		t.Errorf("the bound decides the posterior of a datum, yet EdgeLo = %v", p.EdgeLo)
	}
	if _, err := reaches.Given(triangle.Points[1], 0); err == nil {
		t.Error("a point without noise had a posterior given t = 0")
	}
}

// A narrow prior is found wherever it is: 1e-6 wide in log t it holds all mass.
func TestNarrowPrior(t *testing.T) {
	s := field.EDM()
	p := field.NewProcess(s, field.Noise(s), field.LogNormal(-3, 1e-6, 1e-4, 80))
	got := mustAt(t, mustAtoms(t, p, atOrigin(4)), along(4, 0.1))
	near(t, "E[t|u]", got.Mean, math.Exp(-3), 1e-10)
	near(t, "√Var[t|u]/E[t|u]", math.Sqrt(got.Var)/got.Mean, 1e-6, 1e-10)
}

// Var[t|u] → t̂²/2D at high dimension (Sun et al., arXiv 2502.13129, Statement
// 1), from atoms in general position on the linear schedule.
func TestPosteriorConcentrates(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 0.999))
	for dim, far := range map[int]float64{145: 0.5, 3072: 0.9} { // 1/D ≪ 1 − t
		var m Mixture
		for k := range 3 {
			x := make([]float64, dim)
			for i := range x {
				x[i] = math.Sin(float64(1+i+7*k*i)) * math.Sqrt2
			}
			m.Points = append(m.Points, x)
		}
		a := mustAtoms(t, p, m)
		for _, at := range []float64{0.01, 0.1, 0.5, far} {
			u := make([]float64, dim)
			for i := range u {
				u[i] = (1-at)*m.Points[0][i] + at*math.Cos(float64(1+i*i%97))*math.Sqrt2
			}
			q := mustAt(t, a, u)
			name := fmt.Sprintf("D=%d t=%g: ", dim, at)
			near(t, name+"relative width", math.Sqrt(q.Var)/q.Mean*math.Sqrt(2*float64(dim)), 1, 0.25)
			near(t, name+"estimated error", q.Err, 0, 1e-11)
		}
	}
}

// Where the noise that explains a point lies beyond a bound of the prior, the
// posterior leans against the bound.
func TestEdgeMass(t *testing.T) {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.2, 0.8))
	a := mustAtoms(t, p, Mixture{Points: [][]float64{make([]float64, 64)}})
	u := make([]float64, 64)
	u[0] = 0.01 // the noise is far below what the prior allows
	if q := mustAt(t, a, u); !(q.EdgeLo > 0.9 && q.EdgeHi < 1e-9) {
		t.Errorf("the density at the bounds is %v and %v, want all of it at the lower", q.EdgeLo, q.EdgeHi)
	}
	u[0] = 20 // and far above
	if q := mustAt(t, a, u); !(q.EdgeHi > 0.5 && q.EdgeLo < 1e-9) {
		t.Errorf("the density at the bounds is %v and %v, want all of it at the upper", q.EdgeLo, q.EdgeHi)
	}
}

// A datum of weight 1e-30 decides the posterior beside it, as alone, and its
// energy there is lower by log 1e30 only.
func TestUnlikelyDatum(t *testing.T) {
	const dim, pi = 100, 1e-30
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	rare, common := along(dim, 1), along(dim, -1)
	u := along(dim, 1)
	u[1] = 1e-3
	alone := mustAt(t, mustAtoms(t, p, Mixture{Points: [][]float64{rare}}), u)
	m := Mixture{Points: [][]float64{common, rare}, Weights: []float64{1, pi}}
	got := mustAt(t, mustAtoms(t, p, m), u)
	near(t, "E_marg", got.Energy, alone.Energy-math.Log(pi), 1e-12)
	near(t, "E[t|u]", got.Mean, alone.Mean, 1e-13*alone.Mean)
}

// Data of length 1e5, as pixels from 0 to 255 are, and a point half way to one of
// them: a squared distance formed from u − x would have lost all digits that tell
// times apart. The data shrink and the noise with them: the posterior is that of
// the point across, at t = ½, where b²/r² is right for D − 1 other directions.
func TestLongData(t *testing.T) {
	const dim, size = 100, 1e5
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0, 1))
	x := along(dim, size)
	for _, r := range []float64{1, 1e-3} {
		u := along(dim, size/2)
		u[1] = r
		got := mustAt(t, mustAtoms(t, p, Mixture{Points: [][]float64{x}}), u)
		// a x has the deviation b of t = ½ along x: t is known to ½/1e5.
		near(t, "E[t|u]", got.Mean, 0.5, 1e-7)
		near(t, "√Var", math.Sqrt(got.Var), 0.5/size, 1e-9)
		near(t, "estimated error", got.Err, 0, 1e-11)
		// ∇E across x is r/b² at t = ½.
		near(t, "∇E", got.Grad[1], r*4, 1e-6*r)
	}
}
