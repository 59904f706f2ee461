package cmd

import (
	"image"

	"github.com/stillfield/stillfield/format/picture"
)

// pictureOf is a grid of n images, or a scatter plot of n points.
func pictureOf(x []float32, n int, point []int) (image.Image, error) {
	if h, w := point[0], point[1]; h > 1 || w > 1 {
		return picture.Grid(x, n, h, w, point[2], picture.Options{})
	}
	return picture.Scatter(picture.ScatterOptions{}, picture.Points{Data: x, Dim: point[2]})
}
