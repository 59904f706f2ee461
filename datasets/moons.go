package datasets

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Two half circles of radius 1, each around an end of the other, centred at 0: with φ uniform
// in [0, π], ξ standard normal, and + for even samples, − for odd ones,
//
//	z = ±(cos φ − ½, sin φ − ¼) + σ·(ξ₁, ξ₂)
//
// which are scikit-learn's make_moons about their mean. The moon is the sample's class.
var _ = Sources.Add(choice.Entry[Opener]{
	Name: "moons", Example: "moons:dim=16,count=400",
	About:  "points on two half circles, each around an end of the other, in a random plane of R^dim",
	Params: liftedParams(jitterParam(0.05)),
	Make: Opener{Drawn: true, Open: func(v choice.Values) (Source, error) {
		return openLifted(moons(v.Float("noise")), v)
	}},
})

// jitterParam is the parameter of figures that are blurred.
func jitterParam(usual float64) choice.Param {
	return choice.Param{Name: "noise", Default: usual, In: choice.Where("a number in [0, 100]",
		func(v float64) bool { return 0 <= v && v <= 100 }),
		About: "deviation of the normal that blurs the figure, in each direction"}
}

// moons is the law of two moons. Point i takes draws 4i, 4i+2 and 4i+3.
func moons(noise float64) law {
	return law{name: "moons", recipe: fmt.Sprintf("moons 1: noise %v", noise), space: 2, classes: 2,
		draw: func(s stream, i uint64, z []float64) int32 {
			moon := i % 2
			side := 1 - 2*float64(moon)
			sin, cos := math.Sincos(math.Pi * s.uniform(4*i))
			xi1, xi2 := s.normals(2*i + 1)
			z[0], z[1] = side*(cos-.5)+noise*xi1, side*(sin-.25)+noise*xi2
			return int32(moon)
		}}
}
