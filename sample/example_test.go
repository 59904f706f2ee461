package sample_test

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/sample"
)

// Any Go function can be sampled: here the exact blind field of two data in four
// dimensions, followed by gradient descent in float64. Every sample arrives at one of
// the two.
func ExampleOnHost() {
	s := field.Linear()
	p := field.NewProcess(s, field.Equilibrium(s, field.TruncatedGain(.8, 4)), field.Uniform(0, 1))
	data := [][]float64{{1, 0, 0, 0}, {0, -1, 0, 0}}
	blindField, err := exact.New(p, exact.Mixture{Points: data})
	if err != nil {
		fmt.Println(err)
		return
	}
	blind := func(f []float64, q sample.Query) error {
		for i := range q.N {
			v, err := blindField.Field(q.Y[4*i : 4*i+4])
			if err != nil {
				return err
			}
			copy(f[4*i:], v)
		}
		return nil
	}
	spec := sample.Defaults()
	spec.N, spec.Seed = 6, 1
	drawn, err := sample.Run(context.Background(), sample.OnHost(blind, 4), p, spec, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	worst := 0.
	for i := range spec.N {
		nearest := math.Inf(1)
		for _, x := range data {
			var d float64
			for k := range x {
				d += math.Pow(x[k]-float64(drawn.X[4*i+k]), 2)
			}
			nearest = min(nearest, math.Sqrt(d))
		}
		worst = max(worst, nearest)
	}
	fmt.Printf("%d samples, none further than 0.001 from a datum: %v\n", spec.N, worst < .001)
	// Output: 6 samples, none further than 0.001 from a datum: true
}
