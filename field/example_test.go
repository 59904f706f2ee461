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

// Which averages over the noise times of flow matching are finite.
func ExampleProcess_Finiteness() {
	s := field.Linear()
	for _, prior := range []field.Prior{field.Uniform(0, 1), field.LogitNormal(0, 1, 0, 1)} {
		f := field.NewProcess(s, field.Velocity(s), prior).Finiteness()
		fmt.Printf("%s: loss %v, decomposition %v\n", prior.Name, f.Loss.Finite, f.Decomposition.Finite)
	}
	// Output:
	// uniform: loss true, decomposition false
	// logit-normal: loss true, decomposition true
}
