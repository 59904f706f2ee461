package raster

import (
	"image"
	"io"

	"golang.org/x/image/webp"
)

// decodeWebP is webp.Decode with the colours that the format means. A lossy WebP has luma in 16 … 235
// and chroma in 16 … 240 (RFC 9649, section 3), where image.YCbCr has both in 0 … 255 as JPEG does, and
// would show 16 for black.
func decodeWebP(r io.Reader) (image.Image, error) {
	img, err := webp.Decode(r)
	var alpha func(x, y int) uint8
	var m *image.YCbCr
	switch v := img.(type) {
	case *image.YCbCr:
		m, alpha = v, func(int, int) uint8 { return 255 }
	case *image.NYCbCrA:
		m, alpha = &v.YCbCr, func(x, y int) uint8 { return v.A[v.AOffset(x, y)] }
	default: // lossless, or none
		return img, err
	}
	out := image.NewNRGBA(m.Rect)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			c := m.COffset(x, y)
			p := out.Pix[out.PixOffset(x, y):][:4]
			p[0], p[1], p[2] = studio(m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c])
			p[3] = alpha(x, y)
		}
	}
	return out, err
}

// studio is the colour of a luma and chromas of Rec. 601 in their narrow range, in the 14-bit fractions
// of libwebp:
//
//	R = 1.164 (Y − 16) + 1.596 (V − 128)
//	G = 1.164 (Y − 16) − 0.813 (V − 128) − 0.392 (U − 128)
//	B = 1.164 (Y − 16) + 2.017 (U − 128)
func studio(y, u, v uint8) (r, g, b uint8) {
	times := func(x uint8, k int) int { return int(x) * k >> 8 }
	byteOf := func(x int) uint8 { return uint8(min(max(x>>6, 0), 255)) }
	luma := times(y, 19077)
	return byteOf(luma + times(v, 26149) - 14234),
		byteOf(luma - times(u, 6419) - times(v, 13320) + 8708),
		byteOf(luma + times(u, 33050) - 17685)
}
