package raster

import (
	"image"
	"image/color"
	"image/draw"
)

// strip is how many rows of a picture pass through red, green, blue and alpha at once.
const strip = 16

// flatten lays img over a background of the size of m and writes it to m. Kinds that cover m and hide
// the background go from their own rows to those of m; the others pass through package draw.
func flatten(m Image, img image.Image, background [3]uint8, s *scratch) {
	if img.Bounds() == image.Rect(0, 0, m.W, m.H) {
		switch g := img.(type) {
		case *image.Gray:
			for y := range m.H {
				spread(m.row(y), g.Pix[y*g.Stride:][:m.W], m.C)
			}
			return
		case *image.YCbCr:
			flattenYCbCr(m, g, s)
			return
		case *image.Paletted:
			flattenPaletted(m, g, background, s)
			return
		case *image.RGBA:
			if g.Opaque() {
				takeRows(m, g.Pix, g.Stride)
				return
			}
		case *image.NRGBA:
			if g.Opaque() {
				takeRows(m, g.Pix, g.Stride)
				return
			}
		}
	}
	overlay(m, img, background)
}

// overlay flattens a picture of any kind.
func overlay(m Image, img image.Image, background [3]uint8) {
	all := img.Bounds() == image.Rect(0, 0, m.W, m.H)
	o, known := img.(interface{ Opaque() bool })
	op, opaque := draw.Over, known && o.Opaque()
	if opaque {
		op = draw.Src
	}
	under := image.NewUniform(color.RGBA{background[0], background[1], background[2], 255})
	rows := image.NewRGBA(image.Rect(0, 0, m.W, min(strip, m.H)))
	for y := 0; y < m.H; y += strip {
		if !opaque || !all {
			draw.Draw(rows, rows.Rect, under, image.Point{}, draw.Src)
		}
		draw.Draw(rows, rows.Rect, img, image.Pt(0, y), op)
		for k := range min(strip, m.H-y) {
			take(m.row(y+k), rows.Pix[k*rows.Stride:][:4*m.W], m.C)
		}
	}
}

// flattenPaletted flattens each colour of the palette once.
func flattenPaletted(m Image, img *image.Paletted, background [3]uint8, s *scratch) {
	n := len(img.Palette)
	every := image.NewPaletted(image.Rect(0, 0, n, 1), img.Palette)
	for k := range every.Pix {
		every.Pix[k] = uint8(k)
	}
	s.row = resized(s.row, n*m.C)
	colors := Image{1, n, m.C, s.row}
	overlay(colors, every, background)
	for y := range m.H {
		row := m.row(y)
		for x, k := range img.Pix[y*img.Stride:][:m.W] {
			if m.C == 1 {
				row[x] = colors.Pix[k]
				continue
			}
			p, q := row[3*x:][:3], colors.Pix[3*int(k):][:3]
			p[0], p[1], p[2] = q[0], q[1], q[2]
		}
	}
}

// flattenYCbCr makes red, green and blue of luma and chroma, and grey of these.
func flattenYCbCr(m Image, img *image.YCbCr, s *scratch) {
	shift := 0 // 1 << shift pixels of a row share a chroma
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		shift = 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift = 2
	}
	if m.C == 1 {
		s.row = resized(s.row, 3*m.W)
	}
	for y := range m.H {
		luma := img.Y[img.YOffset(0, y):][:m.W]
		c := img.COffset(0, y)
		row := m.row(y)
		if m.C == 3 {
			colorRow(row, luma, img.Cb[c:], img.Cr[c:], shift)
			continue
		}
		colorRow(s.row, luma, img.Cb[c:], img.Cr[c:], shift)
		for x := range row {
			p := s.row[3*x:][:3]
			row[x] = luminance(p[0], p[1], p[2])
		}
	}
}

// colorRow writes red, green and blue of a row of which 1 << shift pixels each share a chroma, to the bit
// as [color.YCbCrToRGB] has them: in 16-bit fractions
//
//	R = Y + 1.402 (Cr − 128)    G = Y − 0.34414 (Cb − 128) − 0.71414 (Cr − 128)    B = Y + 1.772 (Cb − 128)
func colorRow(dst, luma, cb, cr []uint8, shift int) {
	x := 0
	if shift == 1 { // as most JPEGs are: two pixels take what their chroma gives
		for ; x+1 < len(luma); x += 2 {
			red, green, blue := chroma(cb[x/2], cr[x/2])
			y, z := int32(luma[x])*0x10101, int32(luma[x+1])*0x10101
			p := dst[3*x:][:6]
			p[0], p[1], p[2] = unit(y+red), unit(y+green), unit(y+blue)
			p[3], p[4], p[5] = unit(z+red), unit(z+green), unit(z+blue)
		}
	}
	for ; x < len(luma); x++ {
		red, green, blue := chroma(cb[x>>shift], cr[x>>shift])
		y, p := int32(luma[x])*0x10101, dst[3*x:][:3]
		p[0], p[1], p[2] = unit(y+red), unit(y+green), unit(y+blue)
	}
}

// chroma is what a chroma adds to the luma of red, green and blue.
func chroma(cb, cr uint8) (red, green, blue int32) {
	u, v := int32(cb)-128, int32(cr)-128
	return 91881 * v, -22554*u - 46802*v, 116130 * u
}

// unit is the byte of a number in 16-bit fractions, of magnitude below 2²⁶.
func unit(x int32) uint8 {
	if uint32(x)>>24 == 0 {
		return uint8(x >> 16)
	}
	return uint8(^(x >> 31)) // 0 below 0, else 255
}

// takeRows writes opaque pixels of red, green, blue and alpha, rows of them stride bytes apart.
func takeRows(m Image, rgba []uint8, stride int) {
	for y := range m.H {
		take(m.row(y), rgba[y*stride:][:4*m.W], m.C)
	}
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
	if c == 1 {
		for x := range dst {
			p := rgba[4*x:][:3]
			dst[x] = luminance(p[0], p[1], p[2])
		}
		return
	}
	for len(rgba) >= 4 && len(dst) >= 3 {
		dst[0], dst[1], dst[2] = rgba[0], rgba[1], rgba[2]
		dst, rgba = dst[3:], rgba[4:]
	}
}
