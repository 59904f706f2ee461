package picture

import (
	"math"
	"strconv"
)

// tick is a place on an axis and its label.
type tick struct {
	at    float64
	label string
}

// ticks are the multiples of 1, 2 or 5 times a power of ten within [lo, hi], the
// finest with at most most.
func ticks(lo, hi float64, most int) []tick {
	few := float64(most)
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/few)))
	for _, m := range []float64{1, 2, 5, 10} {
		if math.Floor(hi/(m*step))-math.Ceil(lo/(m*step)) < few {
			step *= m
			break
		}
	}
	// As many digits as tell the largest label from the one beside it.
	digits := 1 + int(math.Ceil(math.Log10(max(math.Abs(lo), math.Abs(hi), step)/step)))
	var out []tick
	first := math.Ceil(lo / step)
	for i := range most {
		v := (first + float64(i)) * step
		if v > hi {
			break
		}
		out = append(out, tick{v, strconv.FormatFloat(v+0, 'g', max(digits, 1), 64)})
	}
	return out
}

// glyphs are the characters of numbers, 3 wide and 5 high, a row to a digit of
// three bits from the top.
var glyphs = map[rune][5]byte{
	'0': {7, 5, 5, 5, 7}, '1': {2, 6, 2, 2, 7}, '2': {7, 1, 7, 4, 7}, '3': {7, 1, 7, 1, 7},
	'4': {5, 5, 7, 1, 1}, '5': {7, 4, 7, 1, 7}, '6': {7, 4, 7, 5, 7}, '7': {7, 1, 1, 1, 1},
	'8': {7, 5, 7, 5, 7}, '9': {7, 5, 7, 1, 7}, '.': {0, 0, 0, 0, 2}, '-': {0, 0, 7, 0, 0},
	'+': {0, 2, 7, 2, 0}, 'e': {0, 7, 5, 6, 7},
}

const (
	glyphScale  = 2
	glyphHeight = 5 * glyphScale
	glyphStep   = 4 * glyphScale // from one character to the next
)

// labelWidth is the width of a label in pixels.
func labelWidth(s string) int { return len(s)*glyphStep - glyphScale }

// label draws s with its upper left corner at (x, y). Characters without a glyph
// are left blank.
func (p *canvas) label(x, y int, s string, c [3]byte) {
	for i, r := range s {
		for row, b := range glyphs[r] {
			for col := range 3 {
				if b>>(2-col)&1 == 1 {
					p.fill(x+i*glyphStep+col*glyphScale, y+row*glyphScale, glyphScale, glyphScale, c)
				}
			}
		}
	}
}

// fill colours the part of a rectangle that lies on the canvas.
func (p *canvas) fill(x, y, w, h int, c [3]byte) {
	for j := max(y, 0); j < min(y+h, p.height); j++ {
		for i := max(x, 0); i < min(x+w, p.width); i++ {
			p.blend(i, j, c, 255)
		}
	}
}

// blend puts a colour over a pixel of an opaque colour canvas; cover of 255 hides
// what was there.
func (p *canvas) blend(x, y int, c [3]byte, cover int) {
	px := p.pix[4*(y*p.width+x):]
	for k := range c {
		px[k] = byte((int(px[k])*(255-cover) + int(c[k])*cover + 127) / 255)
	}
	px[3] = 0xff
}
