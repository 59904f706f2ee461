package picture

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"

	"github.com/stillfield/stillfield/format/bounded"
)

// maxFile bounds a picture that is read, in bytes.
const maxFile = 1 << 28

// ReadPNG reads a PNG of h rows, w columns as c channels, as [Image] draws them: the byte b
// is b/127.5 − 1. A picture in colour becomes gray by its luminance; an alpha is left out
// but of four channels.
func ReadPNG(path string, h, w, c int) ([]float32, error) {
	fail := func(err error) ([]float32, error) {
		return nil, fmt.Errorf("picture: ReadPNG: %s: %w", bounded.Name(path), err)
	}
	if err := extent(1, h, w, c); err != nil {
		return fail(err)
	}
	text, err := bounded.ReadFile(path, maxFile)
	if err != nil {
		return fail(err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(text))
	if err != nil {
		return fail(err)
	}
	if size.Height != h || size.Width != w {
		return fail(fmt.Errorf("got %d×%d pixels, want %d×%d, one picture and no grid",
			size.Width, size.Height, w, h))
	}
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return fail(err)
	}
	v := make([]float32, 0, h*w*c)
	at := img.Bounds().Min
	for y := range h {
		for x := range w {
			p := color.NRGBAModel.Convert(img.At(at.X+x, at.Y+y)).(color.NRGBA)
			bytes := []uint8{p.R, p.G, p.B, p.A}[:max(c, 3)]
			if c == 1 {
				bytes = []uint8{color.GrayModel.Convert(color.NRGBA{p.R, p.G, p.B, 255}).(color.Gray).Y}
			}
			for _, b := range bytes {
				v = append(v, float32(b)/127.5-1)
			}
		}
	}
	return v, nil
}
