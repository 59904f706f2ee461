package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// smooth is a picture of side×side pixels as photographs are: coarse noise, resized, with a little
// fine noise.
func smooth(side int) *image.RGBA {
	r := rand.New(rand.NewPCG(1, 2))
	coarse := new(memory).image(side/8, side/8, 3)
	for k := range coarse.Pix {
		coarse.Pix[k] = uint8(r.IntN(256))
	}
	m, img := coarse.Resize(side, side), image.NewRGBA(image.Rect(0, 0, side, side))
	for k := range side * side {
		var c [3]uint8
		for i, p := range m.Pix[3*k : 3*k+3] {
			c[i] = uint8(min(max(int(p)+r.IntN(13)-6, 0), 255))
		}
		img.SetRGBA(k%side, k/side, color.RGBA{c[0], c[1], c[2], 255})
	}
	return img
}

// writers are those of the formats that packages of Go write.
var writers = map[string]func(io.Writer, image.Image) error{
	"JPEG": func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 90}) },
	"PNG":  png.Encode,
	"GIF":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
	"TIFF": func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) },
	"BMP":  bmp.Encode,
}

// BenchmarkDecode has a row for each format that is read, in bytes of decoded pixels a second: 256×256
// of three channels. A WebP is the 32×24 that another program wrote.
func BenchmarkDecode(b *testing.B) {
	for _, f := range formats {
		if f.decode != nil {
			b.Run(f.name, func(b *testing.B) { benchmark(b, written(b, f.name), Wanted{C: 3}, DecodeInto) })
		}
	}
}

// BenchmarkJPEG is a JPEG of 256×256 as its own size, as a quarter of it and as grey, and beside them what
// package jpeg takes to decode it.
func BenchmarkJPEG(b *testing.B) {
	data := written(b, "JPEG")
	for _, w := range []Wanted{{C: 3, H: 256, W: 256}, {C: 3, H: 64, W: 64}, {C: 1, H: 256, W: 256}} {
		name := fmt.Sprintf("%dx%dx%d", w.H, w.W, w.C)
		b.Run(name, func(b *testing.B) { benchmark(b, data, w, DecodeInto) })
	}
	b.Run("package jpeg", func(b *testing.B) {
		benchmark(b, data, Wanted{C: 3}, func(_ []uint8, data []byte, _ Wanted) (Image, error) {
			_, err := jpeg.Decode(bytes.NewReader(data))
			return Image{}, err
		})
	})
}

// written is a picture in a format.
func written(b *testing.B, format string) []byte {
	write := writers[format]
	if write == nil {
		data, err := os.ReadFile("testdata/lossy." + strings.ToLower(format))
		if err != nil {
			b.Fatal(err)
		}
		return data
	}
	var data bytes.Buffer
	if err := write(&data, smooth(256)); err != nil {
		b.Fatal(err)
	}
	return data.Bytes()
}

// benchmark counts the bytes of the pixels that a picture has.
func benchmark(b *testing.B, data []byte, w Wanted, decode func([]uint8, []byte, Wanted) (Image, error)) {
	h, err := Inspect(data)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(h.H * h.W * w.C))
	b.ReportAllocs()
	var m Image
	for b.Loop() {
		if m, err = decode(m.Pix, data, w); err != nil {
			b.Fatal(err)
		}
	}
}
