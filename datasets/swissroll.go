package datasets

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// A spiral of one and a half turns and, where it is a sheet, a band rolled up so: with t
// uniform in [1/3, 1] and h in [−1, 1],
//
//	z = t·(cos(9π/2 t), sin(9π/2 t)) [, 0.743 h] + σ·ξ
//
// which is scikit-learn's make_swiss_roll with the outer end at distance 1, and its axis last.
var _ = Sources.Add(choice.Entry[Opener]{
	Name: "swiss-roll", Example: "swiss-roll:dim=16,count=400",
	About: "points on a spiral in a random plane of R^dim, or on a sheet that is rolled up",
	Params: liftedParams(choice.Param{Name: "roll", Default: "spiral", In: choice.Words("spiral", "sheet"),
		About: "what is rolled up: a line, or a band, for which dim is 3 or more"}, jitterParam(0.02)),
	Make: Opener{Drawn: true, Open: func(v choice.Values) (Source, error) {
		return openLifted(swissRoll(v.Text("roll") == "sheet", v.Float("noise")), v)
	}},
})

// swissRoll is the law of a roll. Point i takes draws 6i to 6i+5.
func swissRoll(sheet bool, noise float64) law {
	const halfWidth = 21 / (9 * math.Pi) // scikit-learn's is 21 wide and 9π/2 far out
	l := law{name: "swiss-roll", recipe: fmt.Sprintf("swiss-roll 1: sheet %t, noise %v", sheet, noise),
		space: 2}
	if sheet {
		l.space = 3
	}
	l.draw = func(s stream, i uint64, z []float64) int32 {
		t := (1 + 2*s.uniform(6*i)) / 3
		sin, cos := math.Sincos(9 * math.Pi / 2 * t)
		xi1, xi2 := s.normals(3*i + 1) // draws 6i+2 and 6i+3
		z[0], z[1] = t*cos+noise*xi1, t*sin+noise*xi2
		if sheet {
			xi3, _ := s.normals(3*i + 2) // draws 6i+4 and 6i+5
			z[2] = halfWidth*(2*s.uniform(6*i+1)-1) + noise*xi3
		}
		return NoLabel
	}
	return l
}
