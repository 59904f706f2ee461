package raster

// Image is H rows of W pixels of C bytes: 1 is grey, 3 are red, green and blue.
type Image struct {
	H, W, C int
	Pix     []uint8 // H × W × C
}

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

// orient turns a picture as EXIF's orientation says. With row and column counted from the top left
// of the result, the pixel there is in m
//
//	1  (y, x)      2  (y, W−1−x)      3  (H−1−y, W−1−x)    4  (H−1−y, x)
//	5  (x, y)      6  (H−1−x, y)      7  (H−1−x, W−1−y)    8  (x, W−1−y)
//
// It is in the memory of into, but for a picture that stands as it is.
func orient(m Image, orientation int, into *memory) Image {
	if orientation == upright {
		return m
	}
	r := into.image(m.H, m.W, m.C)
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
