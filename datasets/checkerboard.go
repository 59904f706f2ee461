package datasets

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

// The dark squares of a board that fills [−1, 1]², all points of them equally likely, and
// blurred where noise says so. The square at the lower left is dark.
var _ = Sources.Add(choice.Entry[Opener]{
	Name: "checkerboard", Example: "checkerboard:dim=16,count=400",
	About: "points on the dark squares of a board in a random plane of R^dim",
	Params: liftedParams(choice.Param{Name: "squares", Default: 4, About: "squares along a side of the board",
		In: choice.Between(2, 1<<10, "squares")}, jitterParam(0)),
	Make: Opener{Drawn: true, Open: func(v choice.Values) (Source, error) {
		return openLifted(checkerboard(v.Int("squares"), v.Float("noise")), v)
	}},
})

// checkerboard is the law of a board of side × side squares. Point i takes draws 6i to 6i+4.
func checkerboard(side int, noise float64) law {
	dark := uint64(side*side+1) / 2
	width := 2 / float64(side)
	return law{name: "checkerboard", recipe: fmt.Sprintf("checkerboard 1: squares %d, noise %v", side, noise),
		space: 2,
		draw: func(s stream, i uint64, z []float64) int32 {
			square := 2 * int(below(s.at(6*i), dark)) // counted along the rows, the dark ones alone
			row, column := square/side, square%side
			if side%2 == 0 {
				column += row % 2 // rows of even length begin dark and light in turn
			}
			xi1, xi2 := s.normals(3*i + 2) // draws 6i+4 and 6i+5
			z[0] = -1 + width*(float64(column)+s.uniform(6*i+1)) + noise*xi1
			z[1] = -1 + width*(float64(row)+s.uniform(6*i+2)) + noise*xi2
			return NoLabel
		}}
}
