package raster

import (
	"bytes"
	"image"
	"image/color"
	"testing"

	"pgregory.net/rapid"
)

// drawn are the kinds of pictures that have rows of their own in flatten.
var drawn = map[string]func(t *rapid.T, r image.Rectangle) image.Image{
	"gray": func(t *rapid.T, r image.Rectangle) image.Image {
		m := image.NewGray(r)
		anyBytes(t, m.Pix)
		return m
	},
	"opaque": func(t *rapid.T, r image.Rectangle) image.Image {
		m := image.NewRGBA(r)
		anyBytes(t, m.Pix)
		for k := 3; k < len(m.Pix); k += 4 {
			m.Pix[k] = 255
		}
		return m
	},
	"alpha": func(t *rapid.T, r image.Rectangle) image.Image {
		m := image.NewNRGBA(r)
		anyBytes(t, m.Pix)
		if rapid.Bool().Draw(t, "opaque") {
			for k := 3; k < len(m.Pix); k += 4 {
				m.Pix[k] = 255
			}
		}
		return m
	},
	"paletted": func(t *rapid.T, r image.Rectangle) image.Image {
		palette := make(color.Palette, rapid.IntRange(1, 256).Draw(t, "colours"))
		var c [4]uint8
		for k := range palette {
			anyBytes(t, c[:])
			palette[k] = color.NRGBA{c[0], c[1], c[2], c[3]}
		}
		m := image.NewPaletted(r, palette)
		for k := range m.Pix {
			m.Pix[k] = uint8(rapid.IntRange(0, len(palette)-1).Draw(t, "index"))
		}
		return m
	},
	"chroma": func(t *rapid.T, r image.Rectangle) image.Image {
		ratio := rapid.IntRange(0, int(image.YCbCrSubsampleRatio410)).Draw(t, "ratio")
		m := image.NewYCbCr(r, image.YCbCrSubsampleRatio(ratio))
		anyBytes(t, m.Y)
		anyBytes(t, m.Cb)
		anyBytes(t, m.Cr)
		return m
	},
}

func anyBytes(t *rapid.T, b []uint8) {
	copy(b, rapid.SliceOfN(rapid.Byte(), len(b), len(b)).Draw(t, "bytes"))
}

// Pictures whose rows are read as they lie, and parts of larger ones, are what package draw makes of them,
// whatever was in the memory before.
func TestFlattenIsOverlay(t *testing.T) {
	for name, draw := range drawn {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				h, w := rapid.IntRange(1, 9).Draw(t, "H"), rapid.IntRange(1, 9).Draw(t, "W")
				img := draw(t, image.Rect(0, 0, w, h))
				background := [3]uint8{rapid.Byte().Draw(t, "background"), 7, 200}
				for _, c := range []int{1, 3} {
					var s scratch
					got, want := new(memory).image(h, w, c), new(memory).image(h, w, c)
					anyBytes(t, got.Pix)
					flatten(got, img, background, &s)
					overlay(want, img, background)
					if !bytes.Equal(got.Pix, want.Pix) {
						t.Fatalf("%d channels: got %v, want %v", c, got.Pix, want.Pix)
					}
				}
			})
		})
	}
}

// Luma and chroma make the colours that package color has for them.
func TestColorRow(t *testing.T) {
	for y := 0; y < 256; y += 5 {
		var dst [3]uint8
		for u := range 256 {
			for v := range 256 {
				colorRow(dst[:], []uint8{uint8(y)}, []uint8{uint8(u)}, []uint8{uint8(v)}, 0)
				if r, g, b := color.YCbCrToRGB(uint8(y), uint8(u), uint8(v)); dst != [3]uint8{r, g, b} {
					t.Fatalf("of %d, %d, %d: got %v, want %d, %d, %d", y, u, v, dst, r, g, b)
				}
			}
		}
	}
}
