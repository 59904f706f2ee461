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
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/stillfield/stillfield/format/bounded"
)

// format is a kind of file. One without decode is known by its first bytes and not read.
type format struct {
	name   string
	is     func(head []byte) bool // of the first bytes
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	exif   func(data []byte) []byte // the EXIF block of a whole file, nil where there is none
}

// formats is the table, in which the first that fits wins.
var formats = []format{
	{"JPEG", starts("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, jpegEXIF},
	{"PNG", starts("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, pngEXIF},
	{"GIF", starts("GIF8"), gif.DecodeConfig, gif.Decode, noEXIF},
	{"WebP", func(b []byte) bool { return at(b, 0, "RIFF") && at(b, 8, "WEBP") }, webp.DecodeConfig,
		decodeWebP, webpEXIF},
	{"TIFF", func(b []byte) bool { return at(b, 0, "II*\x00") || at(b, 0, "MM\x00*") }, tiff.DecodeConfig,
		tiff.Decode, func(data []byte) []byte { return data }},
	// Two letters are a word's beginning too: the length of the second header must be one there is.
	{"BMP", func(b []byte) bool {
		return at(b, 0, "BM") && at(b, 15, "\x00\x00\x00") &&
			strings.Contains("\x0c\x28\x34\x38\x6c\x7c", string(b[14:15]))
	}, bmp.DecodeConfig, bmp.Decode, noEXIF},
	{name: "AVIF", is: brand("avif", "avis")},
	{name: "HEIC", is: brand("heic", "heix", "hevc", "mif1", "msf1")},
	{name: "JPEG XL", is: starts("\xff\x0a", "\x00\x00\x00\x0cJXL ")},
	{name: "JPEG 2000", is: starts("\x00\x00\x00\x0cjP  ", "\xff\x4f\xff\x51")},
	{name: "BigTIFF", is: starts("II+\x00", "MM\x00+")},
	{name: "Photoshop", is: starts("8BPS")},
}

// at reports whether text stands in b at offset k.
func at(b []byte, k int, text string) bool {
	return len(b) >= k && bytes.HasPrefix(b[k:], []byte(text))
}

func starts(with ...string) func([]byte) bool {
	return func(b []byte) bool {
		for _, text := range with {
			if at(b, 0, text) {
				return true
			}
		}
		return false
	}
}

// brand is the test of an ISO media file by its major brand.
func brand(names ...string) func([]byte) bool {
	return func(b []byte) bool {
		for _, name := range names {
			if at(b, 4, "ftyp"+name) {
				return true
			}
		}
		return false
	}
}

// Sniff names the format of a file that begins with head, of which 32 bytes are enough; read
// says whether this package reads it. The format is "" where head begins no picture.
func Sniff(head []byte) (name string, read bool) {
	for i := range formats {
		if formats[i].is(head) {
			return formats[i].name, formats[i].decode != nil
		}
	}
	return "", false
}

// readable names the formats that are read.
func readable() string {
	var names []string
	for _, f := range formats {
		if f.decode != nil {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// find is the format of a whole file.
func find(data []byte) (*format, error) {
	for i := range formats {
		switch f := &formats[i]; {
		case !f.is(data):
		case f.decode == nil:
			return nil, fmt.Errorf("got %s, which is not read: want one of %s", f.name, readable())
		default:
			return f, nil
		}
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("got no bytes, want a picture")
	}
	return nil, fmt.Errorf("got %d bytes that begin with %s, want one of %s", len(data),
		bounded.Quote(string(data[:min(len(data), 8)])), readable())
}

// gray reports whether a picture is known to have no colour.
func (f *format) gray(config image.Config, data []byte) bool {
	switch m := config.ColorModel.(type) {
	case color.Palette:
		for _, c := range m {
			if r, g, b, _ := c.RGBA(); r != g || g != b {
				return false
			}
		}
		return f.name != "GIF" // whose frame may have a palette of its own
	default:
		const grayAlpha = 4 // of the colour types of PNG, which Go decodes as colour
		return m == color.GrayModel || m == color.Gray16Model ||
			f.name == "PNG" && len(data) > 25 && data[25] == grayAlpha
	}
}
