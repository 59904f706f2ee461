package raster

import (
	"encoding/binary"
	"math"
)

// CatmullRom is the cubic of Keys (1981) with a = −½, which is 0 from 2 on: what Pillow calls bicubic.
func CatmullRom(x float64) float64 {
	const a = -.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// fraction is how many bits of a weight stand behind the point: 8 of a pixel, 22 of its weight and
// 2 for the sum, whose weights' magnitudes add to at most 1.25, fit in 32.
const fraction = 22

// tap is the weighted pixels of one axis that make one pixel of a resized picture.
type tap struct {
	from    int
	weights []int64 // in units of 2^−fraction, the sum of them 1 to rounding
}

// axis are the taps of an axis, and the memory they are made in.
type axis struct {
	taps    []tap
	weights []int64
	kernel  []float64
}

// set makes the taps of pixels lo … hi−1 of an axis of in pixels resized to out. Pixel k of the result
// is centred on (k + ½)·in/out, and where the picture shrinks the kernel is as much wider as one of
// its pixels covers, so that it does not alias. Beyond an edge there is nothing: the weights within
// are made to add to 1.
func (a *axis) set(in, out, lo, hi int) []tap {
	scale := float64(in) / float64(out)
	wide := max(scale, 1)
	support := 2 * wide
	a.taps, a.weights = a.taps[:0], a.weights[:0]
	for k := lo; k < hi; k++ {
		centre := (float64(k) + .5) * scale
		from := max(int(centre-support+.5), 0)
		to := min(int(centre+support+.5), in)
		sum := 0.
		a.kernel = a.kernel[:0]
		for i := from; i < to; i++ {
			w := CatmullRom((float64(i) - centre + .5) * (1 / wide))
			a.kernel = append(a.kernel, w)
			sum += w
		}
		begin := len(a.weights)
		for _, w := range a.kernel {
			a.weights = append(a.weights, int64(math.Round(w/sum*(1<<fraction))))
		}
		a.taps = append(a.taps, tap{from, a.weights[begin:]})
	}
	return a.taps
}

// Resize is the picture at h×w by Catmull-Rom, to the bit what Pillow's BICUBIC gives: one axis, rounded
// to bytes, and then the other. It costs about 2·max(W, w)·H + 2·max(H, h)·w products for each
// channel, none for an axis that stays as long as it is.
func (m Image) Resize(h, w int) Image {
	return m.resize(h, w, span{0, h}, span{0, w}, new(memory), new(scratch))
}

// span is rows or columns from … to−1.
type span struct{ from, to int }

// resize is rows and columns of the picture at h×w, in the memory of into; no others are computed. Rows go
// first, unless the picture loses more than twice as many rows as columns: that is the rule of Pillow 13,
// and older ones round another axis first in tall pictures, which gives other last bits. An axis that stays
// as long as it is has one weight of 1 for each pixel, and is passed over.
func (m Image) resize(h, w int, rows, columns span, into *memory, s *scratch) Image {
	across, down := s.across.set(m.W, w, columns.from, columns.to), s.down.set(m.H, h, rows.from, rows.to)
	switch lost := m.H - h; {
	case h == m.H && w == m.W:
		return m.cut(rows, columns, into)
	case w == m.W:
		return m.weighColumns(down, columns, into)
	case h == m.H:
		return m.weighRows(across, rows, into, s)
	case lost > 0 && lost > 2*(m.W-w):
		m = m.weighColumns(down, shifted(across), &s.between)
		return m.weighRows(across, span{0, len(down)}, into, s)
	}
	m = m.weighRows(across, shifted(down), &s.between, s)
	return m.weighColumns(down, span{0, len(across)}, into)
}

// cut is rows and columns of the picture as they are.
func (m Image) cut(rows, columns span, into *memory) Image {
	r := into.image(rows.to-rows.from, columns.to-columns.from, m.C)
	for y := range r.H {
		copy(r.row(y), m.row(rows.from + y)[columns.from*m.C:])
	}
	return r
}

// shifted is the span of pixels that taps need, which from now on they count from its beginning.
func shifted(list []tap) span {
	s := span{list[0].from, 0}
	for _, t := range list {
		s.from, s.to = min(s.from, t.from), max(s.to, t.from+len(t.weights))
	}
	for k := range list {
		list[k].from -= s.from
	}
	return s
}

// Two pixels a and b lie in one integer as a + 2³²·b, so that a product weighs both. Their sums A and B
// are below 2³¹ in magnitude: A is the low half of A + 2³²·B, and B the high half where A is not negative,
// and else that and 1.
const (
	half = 1 << (fraction - 1)
	both = half + half<<32
)

// low is the byte of the first of two sums.
func low(sums int64) uint8 { return clamp(int64(int32(sums))) }

// high is the byte of the second of two sums.
func high(sums int64) uint8 { return clamp((sums + 1<<31) >> 32) }

// clamp is the byte of a sum.
func clamp(sum int64) uint8 { return uint8(min(max(sum>>fraction, 0), 255)) }

// weighRows resizes rows from … to−1 each, two at a time.
func (m Image) weighRows(across []tap, rows span, into *memory, s *scratch) Image {
	r := into.image(rows.to-rows.from, len(across), m.C)
	for y := 0; y < r.H; y += 2 {
		z := min(y+1, r.H-1)
		a, b := m.row(rows.from+y), m.row(rows.from+z)
		if m.C == 1 {
			s.gray = resized(s.gray, m.W)
			for x := range s.gray {
				s.gray[x] = int64(a[x]) | int64(b[x])<<32
			}
			weighGray(r.row(y), r.row(z), s.gray, across)
			continue
		}
		s.color = resized(s.color, m.W)
		for x := range s.color {
			p, q := a[3*x:][:3], b[3*x:][:3]
			s.color[x] = [3]int64{int64(p[0]) | int64(q[0])<<32, int64(p[1]) | int64(q[1])<<32,
				int64(p[2]) | int64(q[2])<<32}
		}
		weighColor(r.row(y), r.row(z), s.color, across)
	}
	return r
}

// weighGray resizes two rows of grey into a and b.
func weighGray(a, b []uint8, pixels []int64, across []tap) {
	for x, t := range across {
		sums := int64(both)
		p := pixels[t.from:][:len(t.weights)]
		for i, weight := range t.weights {
			sums += weight * p[i]
		}
		a[x], b[x] = low(sums), high(sums)
	}
}

// weighColor resizes two rows of red, green and blue into a and b.
func weighColor(a, b []uint8, pixels [][3]int64, across []tap) {
	for x, t := range across {
		red, green, blue := int64(both), int64(both), int64(both)
		p := pixels[t.from:][:len(t.weights)]
		for i, weight := range t.weights {
			red += weight * p[i][0]
			green += weight * p[i][1]
			blue += weight * p[i][2]
		}
		p3, q3 := a[3*x:][:3], b[3*x:][:3]
		p3[0], p3[1], p3[2] = low(red), low(green), low(blue)
		q3[0], q3[1], q3[2] = high(red), high(green), high(blue)
	}
}

// weighColumns resizes columns from … to−1 each, eight bytes of a row at a time.
func (m Image) weighColumns(down []tap, columns span, into *memory) Image {
	const even = 0xff_0000_00ff // bytes 0 and 4 of eight
	r, stride := into.image(len(down), columns.to-columns.from, m.C), m.W*m.C
	for y, t := range down {
		row, src := r.row(y), m.Pix[t.from*stride+columns.from*m.C:]
		for ; len(row) >= 8; row, src = row[8:], src[8:] {
			a, b, c, d := int64(both), int64(both), int64(both), int64(both)
			for i, weight := range t.weights {
				p := binary.LittleEndian.Uint64(src[i*stride:])
				a += weight * int64(p&even)
				b += weight * int64(p>>8&even)
				c += weight * int64(p>>16&even)
				d += weight * int64(p>>24&even)
			}
			row[0], row[1], row[2], row[3] = low(a), low(b), low(c), low(d)
			row[4], row[5], row[6], row[7] = high(a), high(b), high(c), high(d)
		}
		for k := range row {
			sum := int64(half)
			for i, weight := range t.weights {
				sum += weight * int64(src[i*stride+k])
			}
			row[k] = clamp(sum)
		}
	}
	return r
}
