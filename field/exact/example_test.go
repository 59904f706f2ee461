package exact_test

import (
	"fmt"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

// The exact blind field of two points in four dimensions, followed downhill to
// one of them: Equilibrium Matching without a network.
func Example() {
	s := field.Linear()
	p := field.NewProcess(s, field.Equilibrium(s, field.LinearGain(1)), field.Uniform(0, 1))
	atoms, err := exact.New(p, exact.Mixture{Points: [][]float64{{1, 0, 0, 0}, {-1, 0, 0, 0}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	u := []float64{0.3, 0.4, -0.5, 0.1}
	for range 200 {
		f, err := atoms.Field(u)
		if err != nil {
			fmt.Println(err)
			return
		}
		for i := range u {
			u[i] -= 0.1 * f[i]
		}
	}
	fmt.Printf("%.3f\n", u[0])
	// Output: 1.000
}

// What can be said of one point when its noise is not known.
func ExampleBlind_At() {
	s := field.EDM()
	p := field.NewProcess(s, field.Noise(s), field.Uniform(0, 1))
	atoms, err := exact.New(p, exact.Mixture{Points: [][]float64{{0, 0, 0}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	q, err := atoms.At([]float64{0.3, 0, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("E[t|u] = %.4f, energy %.4f, its slope %.4f; errors below 1e-14: %v\n",
		q.Mean, q.Energy, q.Grad[0], q.Err < 1e-14)
	// Output: E[t|u] = 0.3006, energy 0.3939, its slope 6.9667; errors below 1e-14: true
}

// Beside a point of the data the transport term of the blind field does not vanish:
// it stays the share −1/(D−1) of the natural gradient for noise prediction.
func ExampleBlind_Decompose() {
	s := field.EDM()
	p := field.NewProcess(s, field.Noise(s), field.Uniform(0, 1))
	blind, err := exact.New(p, exact.Mixture{Points: [][]float64{{0, 0, 0, 0, 0}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := blind.Decompose([]float64{1e-3, 0, 0, 0, 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("transport/natural = %.6f\n", d.Transport[0]/d.Natural[0])
	fmt.Printf("%s, prior %s on [%g, %g]\n", d.Method, d.Prior, d.Min, d.Max)
	// Output:
	// transport/natural = -0.250000
	// quadrature, prior uniform on [0, 1]
}

// The rings of Figure 5 in a hundred and twenty-eight dimensions: the posterior of
// the noise level of one point, and how much the blind field turns there.
func ExampleLifted() {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.999))
	rings := exact.Rings{Radii: []float64{0.5, 1}, Jitter: 0.02}
	blind, err := exact.New(p, exact.Lifted{Law: rings, Ambient: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	u := make([]float64, 128)
	for i := range u {
		u[i] = 0.1 // as noise of t = 0.1 leaves it
	}
	u[0] += 0.9
	times, err := blind.Times(u)
	if err != nil {
		fmt.Println(err)
		return
	}
	low, _ := times.Quantile(0.05)
	high, _ := times.Quantile(0.95)
	jacobian, err := blind.Jacobian(u)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("t = %.3f, nine times in ten in [%.3f, %.3f]\n", times.Mean, low, high)
	fmt.Printf("divergence %.1f, antisymmetric over symmetric %.3f\n", jacobian.Divergence(),
		jacobian.Antisymmetric().Norm()/jacobian.Symmetric().Norm())
	// Output:
	// t = 0.101, nine times in ten in [0.091, 0.112]
	// divergence 1256.6, antisymmetric over symmetric 0.003
}

// The conformal metric of a normal: its gain, and the curvature it gives the plane.
func ExampleBlind_Metric() {
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.02, 0.98))
	blind, err := exact.New(p, exact.Gaussians{Means: [][]float64{{0, 0}},
		Covs: [][][]float64{{{1, 0.5}, {0.5, 1}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := blind.Metric([]float64{0.5, -0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("λ̄ = %.4f, R = %.4f, error below 1e-12: %v\n", m.Lambda, m.Curvature(), m.Err < 1e-12)
	// Output: λ̄ = 2.9520, R = 2.2835, error below 1e-12: true
}
