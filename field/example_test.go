package field_test

import (
	"fmt"

	"github.com/stillfield/stillfield/field"
)

// Equilibrium Matching by name, and what follows from it.
func ExampleNamed() {
	spec, err := field.Named("eqm")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := spec.Process()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p)
	fmt.Println("λ =", p.Lambda, " μ =", p.Mu, " ν =", p.Nu)
	// Output:
	// linear/eqm: a=1-t b=t c=-4·min(t/0.2, 1) d=4·min(t/0.2, 1), t~uniform[0, 1] w=1
	// λ = t/(1-t)·4·min(t/0.2, 1)  μ = 0  ν = 1/(4·min(t/0.2, 1))
}

// The exact noise-blind field of two points, followed downhill to one of them.
func ExampleAtoms_Field() {
	s := field.Linear()
	p := field.NewProcess(s, field.Equilibrium(s, field.LinearGain(1)), field.Uniform(0, 1))
	atoms, err := field.NewAtoms(p, field.Mixture{Points: [][]float64{{1, 0, 0, 0}, {-1, 0, 0, 0}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	u := []float64{0.3, 0.4, -0.5, 0.1}
	for range 400 {
		for i, f := range atoms.Field(u) {
			u[i] -= 0.1 * f
		}
	}
	fmt.Printf("%.3f\n", u[0])
	// Output: 1.000
}
