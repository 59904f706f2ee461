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
