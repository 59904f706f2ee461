// Package raster reads pictures that other programs wrote: the bytes of a JPEG, PNG, GIF (its
// first frame), BMP, TIFF or WebP become rows of pixels of a wanted size and number of channels.
//
// # What becomes of a picture
//
// In this order: it is turned as its EXIF orientation says; 16 bits become the upper 8; a
// transparent one is laid over a background; CMYK becomes red, green and blue; colour becomes
// grey by Rec. 601, grey becomes colour by repeating it; and it is resized by Catmull-Rom, over
// so many pixels that it does not alias. Colour profiles and gamma are not applied. Pillow does
// the same with the same bytes: a PNG and a resize agree to the bit, a JPEG within the rounding
// of its transforms and the way in which half-sized colour is spread ([Decode]).
//
// # What is not believed
//
// The size that a header claims is held to [MostPixels] before anything is decoded, so a picture
// takes at most 8 bytes for each of these and the bytes it came as. A picture that is cut, lies
// about its size or is of a kind not read here is one error.
package raster

import (
	"bytes"
	"fmt"
	"image"
)

// MostPixels bounds a picture that is decoded: 10,000 × 10,000.
const MostPixels = 100_000_000

// Wanted is what a picture is made into.
type Wanted struct {
	H, W int // rows and columns; 0, 0 for those it has
	C    int // channels: 1 is grey, 3 are red, green and blue
	Fit  Fit // how a picture of other proportions becomes H×W
	// Background is red, green and blue of what shows where a picture is transparent and of
	// what pads one.
	Background [3]uint8
}

// Header is what the first bytes of a picture say of it.
type Header struct {
	Format string // as messages name it: "JPEG"
	H, W   int    // rows and columns, the picture turned as it says
	// Gray says that the picture is known to have no colour: its format has one channel, or
	// every colour of its palette is grey. A GIF and a WebP count as coloured.
	Gray bool
}

// Inspect reads the header of a picture, of which data is the whole, and decodes nothing.
func Inspect(data []byte) (Header, error) {
	f, config, err := header(data)
	if err != nil {
		return Header{}, fmt.Errorf("raster: Inspect: %w", err)
	}
	h := Header{Format: f.name, H: config.Height, W: config.Width, Gray: f.gray(config, data)}
	if f.orientation(data) > 4 {
		h.H, h.W = h.W, h.H
	}
	return h, nil
}

// Decode makes of a whole picture what is wanted. An error is one line that names the format and
// not the file. Two of equal bytes are equal, whatever the machine.
//
// Where Pillow (13.0) differs: a JPEG by up to 2 of 255 for its transforms, and by more at edges
// of colours that the file has at half size, which libjpeg spreads by interpolation and this
// package by repeating; CMYK and transparency by 1.
func Decode(data []byte, w Wanted) (Image, error) { return DecodeInto(nil, data, w) }

// DecodeInto is Decode with the pixels in the memory of pix, if that is enough: the caller gives it up, as
// [append] takes a slice.
func DecodeInto(pix []uint8, data []byte, w Wanted) (Image, error) {
	switch {
	case w.C != 1 && w.C != 3:
		return Image{}, fmt.Errorf("raster: Decode: channels: got %d, want 1 or 3", w.C)
	case w.H < 0 || w.W < 0 || (w.H == 0) != (w.W == 0):
		return Image{}, fmt.Errorf("raster: Decode: size: got %d×%d, want two positive numbers or 0×0",
			w.H, w.W)
	case w.W > 0 && w.H > MostPixels/w.W:
		return Image{}, fmt.Errorf("raster: Decode: size: got %d×%d, want at most %d pixels",
			w.H, w.W, MostPixels)
	}
	f, config, err := header(data)
	if err != nil {
		return Image{}, fmt.Errorf("raster: Decode: %w", err)
	}
	img, err := f.decode(bytes.NewReader(data))
	if err == nil && !img.Bounds().In(image.Rect(0, 0, config.Width, config.Height)) {
		err = fmt.Errorf("got pixels %v, want them in the %d×%d of the header",
			img.Bounds(), config.Width, config.Height)
	}
	if err != nil {
		return Image{}, fmt.Errorf("raster: Decode: %s: %w", f.name, err)
	}
	return finish(pix, img, config, f.orientation(data), w), nil
}

// finish makes of decoded pixels what is wanted, in the memory of pix if that is enough.
func finish(pix []uint8, img image.Image, config image.Config, orientation int, w Wanted) Image {
	h, width := config.Height, config.Width
	if orientation > 4 {
		h, width = width, h
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	result := memory(pix)
	as := w.H == 0 || w.H == h && w.W == width // it is: no way to fit it changes a pixel
	whole, turned := &s.whole, &s.turned
	switch {
	case as && orientation == upright:
		whole = &result
	case as:
		turned = &result
	}
	m := whole.image(config.Height, config.Width, w.C)
	flatten(m, img, w.Background, s)
	m = orient(m, orientation, turned)
	if as {
		return m
	}
	return fits[w.Fit].make(m, w, &result, s)
}

// header finds the format and reads the size, which it bounds.
func header(data []byte) (*format, image.Config, error) {
	f, err := find(data)
	if err != nil {
		return nil, image.Config{}, err
	}
	config, err := f.config(bytes.NewReader(data))
	switch {
	case err != nil:
		return nil, config, fmt.Errorf("%s: header: %w", f.name, err)
	case config.Width < 1 || config.Height < 1:
		return nil, config, fmt.Errorf("%s: got %d×%d pixels, want at least one", f.name,
			config.Height, config.Width)
	case config.Height > MostPixels/config.Width:
		return nil, config, fmt.Errorf("%s: got %d×%d pixels, want at most %d", f.name,
			config.Height, config.Width, MostPixels)
	}
	return f, config, nil
}
