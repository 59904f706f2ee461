package raster

import (
	"image"
	"image/color"
	"image/draw"
)

// Image is H rows of W pixels of C bytes: 1 is grey, 3 are red, green and blue.
type Image struct {
	H, W, C int
	Pix     []uint8 // H × W × C
}

func newImage(h, w, c int) Image { return Image{h, w, c, make([]uint8, h*w*c)} }

// row is row y.
func (m Image) row(y int) []uint8 { return m.Pix[y*m.W*m.C : (y+1)*m.W*m.C] }

// fill makes every pixel the background's colour.
func (m Image) fill(background [3]uint8) {
	p := background[:]
	if m.C == 1 {
		p = []uint8{luminance(background[0], background[1], background[2])}
	}
	for k := range m.Pix {
		m.Pix[k] = p[k%m.C]
	}
}

// luminance is the grey of a colour by Rec. 601, 0.299 R + 0.587 G + 0.114 B in 16-bit fractions
// as Pillow has them: their sum is 1, so a grey stays what it is.
func luminance(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 0x8000) >> 16)
}

// strip is how many rows of a picture pass through red, green, blue and alpha at once.
const strip = 16

// flatten lays img over a background of h×w pixels and makes c channels of it.
func flatten(img image.Image, h, w, c int, background [3]uint8) Image {
	m, all := newImage(h, w, c), img.Bounds() == image.Rect(0, 0, w, h)
	if g, ok := img.(*image.Gray); ok && all {
		for y := range h {
			spread(m.row(y), g.Pix[y*g.Stride:][:w], c)
		}
		return m
	}
	o, known := img.(interface{ Opaque() bool })
	op, opaque := draw.Over, known && o.Opaque()
	if opaque {
		op = draw.Src
	}
	under := image.NewUniform(color.RGBA{background[0], background[1], background[2], 255})
	rows := image.NewRGBA(image.Rect(0, 0, w, min(strip, h)))
	for y := 0; y < h; y += strip {
		if !opaque || !all {
			draw.Draw(rows, rows.Rect, under, image.Point{}, draw.Src)
		}
		draw.Draw(rows, rows.Rect, img, image.Pt(0, y), op)
		for k := range min(strip, h-y) {
			take(m.row(y+k), rows.Pix[k*rows.Stride:][:4*w], c)
		}
	}
	return m
}

// spread writes grey pixels as c channels.
func spread(dst, gray []uint8, c int) {
	if c == 1 {
		copy(dst, gray)
		return
	}
	for x, g := range gray {
		p := dst[3*x : 3*x+3]
		p[0], p[1], p[2] = g, g, g
	}
}

// take writes opaque pixels of red, green, blue and alpha as c channels.
func take(dst, rgba []uint8, c int) {
	for x := 0; len(rgba) >= 4; rgba = rgba[4:] {
		if c == 1 {
			dst[x] = luminance(rgba[0], rgba[1], rgba[2])
		} else {
			dst[x], dst[x+1], dst[x+2] = rgba[0], rgba[1], rgba[2]
		}
		x += c
	}
}

// orient turns a picture as EXIF's orientation says. With row and column counted from the top left
// of the result, the pixel there is in m
//
//	1  (y, x)      2  (y, W−1−x)      3  (H−1−y, W−1−x)    4  (H−1−y, x)
//	5  (x, y)      6  (H−1−x, y)      7  (H−1−x, W−1−y)    8  (x, W−1−y)
func orient(m Image, orientation int) Image {
	if orientation == upright {
		return m
	}
	r := newImage(m.H, m.W, m.C)
	if orientation > 4 {
		r.H, r.W = m.W, m.H
	}
	for y := range r.H {
		row := r.row(y)
		for x := range r.W {
			i, j := y, x
			if orientation > 4 {
				i, j = x, y
			}
			switch orientation {
			case 3, 4, 6, 7:
				i = m.H - 1 - i
			}
			switch orientation {
			case 2, 3, 7, 8:
				j = m.W - 1 - j
			}
			copy(row[x*m.C:(x+1)*m.C], m.Pix[(i*m.W+j)*m.C:])
		}
	}
	return r
}
