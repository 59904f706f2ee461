package chart

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"

	"github.com/stillfield/stillfield/geometry"
)

// Stack is plots one below another as one picture, nil where there are none.
func Stack(plots []geometry.Plot) (image.Image, error) {
	var size image.Point
	var parts []image.Image
	for _, p := range plots {
		var b bytes.Buffer
		if err := Write(&b, p, "png"); err != nil {
			return nil, err
		}
		part, err := png.Decode(&b)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		size.X, size.Y = max(size.X, part.Bounds().Dx()), size.Y+part.Bounds().Dy()
	}
	if parts == nil {
		return nil, nil
	}
	all := image.NewRGBA(image.Rectangle{Max: size})
	at := image.Point{}
	for _, part := range parts {
		r := part.Bounds()
		draw.Draw(all, r.Sub(r.Min).Add(at), part, r.Min, draw.Src)
		at.Y += r.Dy()
	}
	return all, nil
}
