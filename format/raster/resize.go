package raster

import "math"

// catmullRom is the cubic of Keys with a = −½, which is 0 from 2 on.
func catmullRom(x float64) float64 {
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
	weights []int32 // in units of 2^−fraction, the sum of them 1 to rounding
}

// taps are those of pixels lo … hi−1 of an axis of in pixels resized to out. Pixel k of the result
// is centred on (k + ½)·in/out, and where the picture shrinks the kernel is as much wider as one of
// its pixels covers, so that it does not alias. Beyond an edge there is nothing: the weights within
// are made to add to 1.
func taps(in, out, lo, hi int) []tap {
	scale := float64(in) / float64(out)
	wide := max(scale, 1)
	support := 2 * wide
	list := make([]tap, 0, hi-lo)
	for k := lo; k < hi; k++ {
		centre := (float64(k) + .5) * scale
		from := max(int(centre-support+.5), 0)
		to := min(int(centre+support+.5), in)
		w, sum := make([]float64, to-from), 0.
		for i := range w {
			w[i] = catmullRom((float64(from+i) - centre + .5) * (1 / wide))
			sum += w[i]
		}
		t := tap{from, make([]int32, len(w))}
		for i := range w {
			t.weights[i] = int32(math.Round(w[i] / sum * (1 << fraction)))
		}
		list = append(list, t)
	}
	return list
}

// Resize is the picture at h×w by Catmull-Rom, to the bit what Pillow's BICUBIC gives: one axis, rounded
// to bytes, and then the other. It costs about 4·max(W, w)·H + 4·max(H, h)·w products for each
// channel.
func (m Image) Resize(h, w int) Image { return m.resize(h, w, span{0, h}, span{0, w}) }

// span is rows or columns from … to−1.
type span struct{ from, to int }

// resize is rows and columns of the picture at h×w; no others are computed. Rows go first, unless the
// picture loses more than twice as many rows as columns: that is the rule of Pillow 13, and older ones
// round another axis first in tall pictures, which gives other last bits.
func (m Image) resize(h, w int, rows, columns span) Image {
	across, down := taps(m.W, w, columns.from, columns.to), taps(m.H, h, rows.from, rows.to)
	if lost := m.H - h; lost > 0 && lost > 2*(m.W-w) {
		return m.weighColumns(down, shifted(across)).weighRows(across, span{0, len(down)})
	}
	return m.weighRows(across, shifted(down)).weighColumns(down, span{0, len(across)})
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

const half = 1 << (fraction - 1)

// weighRows resizes rows from … to−1 each.
func (m Image) weighRows(across []tap, rows span) Image {
	r := newImage(rows.to-rows.from, len(across), m.C)
	for y := range r.H {
		dst, src := r.row(y), m.row(rows.from+y)
		for x, t := range across {
			if m.C == 1 {
				sum := int32(half)
				for i, p := range src[t.from:][:len(t.weights)] {
					sum += t.weights[i] * int32(p)
				}
				dst[x] = clamp(sum)
				continue
			}
			red, green, blue := int32(half), int32(half), int32(half)
			p := src[3*t.from:][:3*len(t.weights)]
			for i, weight := range t.weights {
				red += weight * int32(p[3*i])
				green += weight * int32(p[3*i+1])
				blue += weight * int32(p[3*i+2])
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = clamp(red), clamp(green), clamp(blue)
		}
	}
	return r
}

// weighColumns resizes columns from … to−1 each, row by row, for that is how they lie.
func (m Image) weighColumns(down []tap, columns span) Image {
	r := newImage(len(down), columns.to-columns.from, m.C)
	sums := make([]int32, r.W*m.C)
	for y, t := range down {
		for k := range sums {
			sums[k] = half
		}
		for i, weight := range t.weights {
			for k, p := range m.row(t.from + i)[columns.from*m.C:][:len(sums)] {
				sums[k] += weight * int32(p)
			}
		}
		for k, row := 0, r.row(y); k < len(row); k++ {
			row[k] = clamp(sums[k])
		}
	}
	return r
}

// clamp is the byte of a sum.
func clamp(sum int32) uint8 { return uint8(min(max(sum>>fraction, 0), 255)) }
