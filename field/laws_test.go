package field

import (
	"fmt"
	"math"
	"testing"
)

// One atom at 0, a = 1, b = t uniform on [0, 1]: the marginal is an incomplete
// gamma function and needs no quadrature. Values from 30-digit arithmetic.
func TestIncompleteGammaOracle(t *testing.T) {
	s := EDM()
	for _, tt := range []struct {
		dim                         int
		r, top                      float64
		energy, mean, inv, gradient float64
	}{
		{3, 0.3, 1, 0.39386999096215, 0.30055122029765, 4.3394580033072, 6.9666666666667},
		{8, 0.7, 2, 2.6140939467955, 0.29786739490248, 3.6474872454053, 10.00004598631},
		{16, 2, 1, 13.062668548796, 0.5429064109971, 1.9067332410397, 7.5131216050996},
	} {
		p := NewProcess(s, Noise(s), Uniform(0, tt.top)) // f* = E[u/t | u]
		a := mustAtoms(t, p, Mixture{Points: [][]float64{make([]float64, tt.dim)}})
		u := make([]float64, tt.dim)
		u[0] = tt.r
		got := a.At(u)
		name := fmt.Sprintf("D=%d r=%g T=%g: ", tt.dim, tt.r, tt.top)
		near(t, name+"E_marg", got.Energy, tt.energy, 1e-13*tt.energy+5e-14)
		near(t, name+"E[t]", got.Mean, tt.mean, 1e-13)
		near(t, name+"r E[1/t]", got.Field[0], tt.r*tt.inv, 2e-13*tt.r*tt.inv)
		near(t, name+"|∇E|", got.Grad[0], tt.gradient, 1e-13*tt.gradient+5e-13)
	}
}

// Near an atom the transport correction does not vanish beside the natural
// gradient: the ratio tends to −1/(D−1) for noise prediction and −2/(D−1) for
// a denoiser, since the posterior keeps its relative width as it collapses.
func TestTransportDoesNotVanishNearData(t *testing.T) {
	s := EDM()
	for _, dim := range []int{4, 8, 32, 128} {
		u := make([]float64, dim)
		for _, r := range []float64{1e-2, 1e-3, 1e-4} {
			u[0] = r
			for _, tt := range []struct {
				target Target
				want   float64
			}{{Noise(s), -1 / float64(dim-1)}, {Data(s), -2 / float64(dim-1)}} {
				a := mustAtoms(t, NewProcess(s, tt.target, Uniform(0, 1)),
					Mixture{Points: [][]float64{make([]float64, dim)}})
				q := a.At(u)
				// The prior's end at 1 moves E[t²|u] by a tail of order r^(D−3).
				tail := 20 * math.Pow(r, float64(dim-3))
				near(t, fmt.Sprintf("D=%d r=%g %s: transport/natural", dim, r, tt.target.Name),
					q.Transport[0]/q.Natural[0], tt.want, 1e-11+tail)
			}
		}
	}
}

// λ̄ of flow matching grows like −log(1 − t_max) while f* converges: the reason
// for Warnings. Each decade of 1 − t_max adds p(u|1)·ln 10/p(u), about 1.7.
func TestDecompositionDivergesAtPole(t *testing.T) {
	s := Linear()
	at := func(top float64) Posterior {
		return mustAtoms(t, NewProcess(s, Velocity(s), Uniform(0.02, top)), triangle).At(probe)
	}
	var last Posterior
	for i, top := range []float64{0.999, 0.9999, 0.99999, 0.999999} {
		q := at(top)
		if i > 0 {
			gap := 10 * (1 - top)
			given := mustAtoms(t, NewProcess(s, Velocity(s), Uniform(0.02, top)), triangle).Given(probe, 1)
			decade := math.Exp(-given.Energy+q.Energy) / (top - 0.02) * math.Ln10
			near(t, "λ̄ of one more decade", q.Lambda-last.Lambda, decade, 30*gap)
			nearVec(t, "f*", q.Field, last.Field, 10*gap)
		}
		last = q
	}
}

// The quadrature of NewAtoms agrees with one of four times as many nodes, at the
// dimensions where its panels begin to narrow and far above, and the posterior
// has the width 1/√(2D) it is made for.
func TestQuadratureConverges(t *testing.T) {
	s := Linear()
	p := NewProcess(s, Velocity(s), Uniform(0, 0.999))
	for _, dim := range []int{1, 2, 143, 145, 3072} {
		var m Mixture
		for k := range 3 {
			x := make([]float64, dim)
			for i := range x {
				x[i] = math.Sin(float64(1+i+7*k*i)) * math.Sqrt2
			}
			m.Points = append(m.Points, x)
		}
		a := mustAtoms(t, p, m)
		fine, err := NewAtomsRatio(p, m, min(0.25, 3/math.Sqrt(float64(dim)))/4)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0.01, 0.1, 0.5, 0.9} {
			u := make([]float64, dim)
			for i := range u {
				u[i] = (1-at)*m.Points[0][i] + at*math.Cos(float64(1+i*i%97))*math.Sqrt2
			}
			got, want := a.At(u), fine.At(u)
			name := fmt.Sprintf("D=%d t=%g: ", dim, at)
			nearVec(t, name+"f*", got.Field, want.Field, 2e-13)
			near(t, name+"E_marg", got.Energy, want.Energy, 1e-13*(1+math.Abs(want.Energy)))
			near(t, name+"Var[t|u]", got.Var, want.Var, 1e-11*want.Var)
			if dim == 3072 {
				near(t, name+"relative width", math.Sqrt(want.Var)/want.Mean*math.Sqrt(2*3072), 1, 0.2)
			}
		}
	}
}
