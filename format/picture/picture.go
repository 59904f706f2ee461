// Package picture makes images to look at from arrays of numbers: grids of
// samples, and scatter plots of points that are not images.
//
// Samples are float32 in [−1, 1], in NHWC order: image, row, column, channel. One
// channel is gray, three are red, green and blue, four have an alpha that is not
// multiplied in. A value v becomes the byte
//
//	round(127.5·(v + 1)), at least 0 and at most 255
//
// so −1 is 0, 0 is 128 and 1 is 255; values beyond, as samplers make them, are
// clamped. A NaN has no colour and is an error that says where it stands.
package picture

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"math"

	"github.com/stillfield/stillfield/format/atomicfile"
)

// maxPixels bounds a picture: 2²⁸ are a gigabyte in colour.
const maxPixels = 1 << 28

// Drawable reports, before there are any samples, whether samples of this shape
// have a picture: points of D ≥ 2 coordinates, [D], which [Scatter] plots, and gray
// or coloured images, [rows, columns, channels], of which [Grid] draws as many as
// [Room] says. Points on a line have none, nor have images of two channels or of
// more pixels than a picture may have.
func Drawable(shape []int) bool {
	switch len(shape) {
	case 1:
		return shape[0] >= 2
	case 3:
		return extent(1, shape[0], shape[1], shape[2]) == nil && Room(1, shape[0], shape[1]) == 1
	}
	return false
}

// Room is how many of n images of h rows and w columns a grid of the zero
// [Options] has room for: n, or n halved until they fit, and 0 where not even one
// does.
func Room(n, h, w int) int {
	for ; n > 0; n /= 2 {
		if extent(n, h, w, 1) == nil {
			if _, err := layOut(n, h, w, Options{}); err == nil {
				break
			}
		}
	}
	return max(n, 0)
}

// WritePNG writes a PNG that appears under path whole or not at all.
func WritePNG(path string, img image.Image) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
	if err != nil {
		return fmt.Errorf("picture: WritePNG: %s: %w", path, err)
	}
	return nil
}

// byteOf is the byte of a value that is not NaN.
func byteOf(v float32) byte {
	return byte(min(max(math.Round(127.5*(float64(v)+1)), 0), 255))
}

// extent checks that n images of h·w pixels and c channels can be drawn.
func extent(n, h, w, c int) error {
	if c != 1 && c != 3 && c != 4 {
		return fmt.Errorf("%d channels, want 1, 3 or 4", c)
	}
	if n < 1 || h < 1 || w < 1 {
		return fmt.Errorf("%d images of %d rows and %d columns, want at least one of each", n, h, w)
	}
	if h > maxPixels/w || n > maxPixels/(h*w) {
		return fmt.Errorf("%d images of %d×%d, want at most %d pixels", n, h, w, maxPixels)
	}
	return nil
}

// pixels checks that v holds n images of h·w·c values, none of them NaN.
func pixels(v []float32, n, h, w, c int) error {
	if err := extent(n, h, w, c); err != nil {
		return err
	}
	if want := n * h * w * c; len(v) != want {
		return fmt.Errorf("%d values, want n·h·w·c = %d·%d·%d·%d = %d", len(v), n, h, w, c, want)
	}
	for i, x := range v {
		if x != x {
			i, ch := i/c, i%c
			return fmt.Errorf("image %d, row %d, column %d, channel %d is NaN", i/(h*w), i/w%h, i%w, ch)
		}
	}
	return nil
}
