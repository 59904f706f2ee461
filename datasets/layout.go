package datasets

import "fmt"

// A layout is what the indices of an array of samples count.
type layout struct {
	shape  Shape
	image  bool
	planes bool
}

// layoutOf reads the shape of an array of n samples:
//
//	n              points of one dimension
//	n d            points of R^d
//	n h w          grey images
//	n h w c        images, or n c h w: the channels are the index of extent 1, 3 or 4, or the
//	               one that differs where the two others are equal
//
// What more than 4 channels have is an image no longer that anyone could look at.
func layoutOf(shape []int, said string) (layout, error) {
	row := shape[1:]
	flat := 1
	for _, d := range row {
		flat *= d
	}
	points := layout{shape: Shape{1, 1, flat}}
	if said == "points" || said == "auto" && len(row) < 2 {
		return points, nil
	}
	if len(row) == 2 && said != "nchw" {
		return layout{shape: Shape{row[0], row[1], 1}, image: true}, nil
	}
	if len(row) != 3 {
		return layout{}, fmt.Errorf(
			"layout: got %s for shape %d, want points: images have [n h w], [n h w c] or "+
				"[n c h w]",
			said,
			shape,
		)
	}
	if said == "auto" {
		first, last := drawable(row[0]), drawable(row[2])
		switch {
		case last && !first, first == last && row[0] == row[1] && row[1] != row[2]:
			said = "nhwc"
		case first && !last, first == last && row[1] == row[2] && row[0] != row[1]:
			said = "nchw"
		default:
			return layout{}, fmt.Errorf(
				"layout: got auto for shape %d, want nhwc or nchw: either may be",
				shape,
			)
		}
	}
	if said == "nchw" {
		return layout{shape: Shape{row[1], row[2], row[0]}, image: drawable(row[0]), planes: true}, nil
	}
	return layout{shape: Shape{row[0], row[1], row[2]}, image: drawable(row[2])}, nil
}

// drawable reports whether so many channels are those of an image: grey, RGB or RGBA.
func drawable(channels int) bool { return channels == 1 || channels == 3 || channels == 4 }
