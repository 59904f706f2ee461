package chart

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// sans is the font of all text, at a size in points.
func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// letters draws text as text.Plain does, and ∇, which the font lacks, as a Δ upside down.
type letters struct{ text.Plain }

var handler text.Handler = letters{text.Plain{Fonts: font.DefaultCache}}

// known is a text with Δ, which is as wide, for each ∇.
func known(line string) string { return strings.ReplaceAll(line, "∇", "Δ") }

// Box is the size of one line.
func (l letters) Box(line string, f font.Font) (width, height, depth vg.Length) {
	return l.Plain.Box(known(line), f)
}

// Draw draws a text of one line or several.
func (l letters) Draw(c vg.Canvas, s string, sty text.Style, at vg.Point) {
	if !strings.Contains(s, "∇") {
		l.Plain.Draw(c, s, sty, at)
		return
	}
	face := l.Fonts.Lookup(sty.Font, sty.Font.Size)
	c.SetColor(sty.Color)
	c.Push()
	defer c.Pop()
	c.Translate(at)
	c.Rotate(sty.Rotation)
	lines := l.Lines(s)
	top := sty.Height(s)*vg.Length(sty.YAlign) - face.Extents().Ascent
	for i, line := range lines {
		pen := vg.Point{X: vg.Length(sty.XAlign) * face.Width(known(line)),
			Y: top + vg.Length(len(lines)-i)*sty.Font.Size}
		for j, part := range strings.Split(line, "∇") {
			if j > 0 {
				pen.X += face.Width("Δ")
				upsideDown(c, face, pen)
			}
			c.FillString(face, pen, part)
			pen.X += face.Width(part)
		}
	}
}

// upsideDown draws a Δ turned by half a turn, whose lower right corner is at.
func upsideDown(c vg.Canvas, face font.Face, at vg.Point) {
	const capital = 0.66 // its height, as a share of the font's size
	c.Push()
	defer c.Pop()
	c.Translate(vg.Point{X: at.X, Y: at.Y + capital*face.Font.Size})
	c.Rotate(math.Pi)
	c.FillString(face, vg.Point{}, "Δ")
}

// drawable refuses a text with a letter that the font does not have: it would be left
// out of the picture without a word.
func drawable(s string) error {
	face := font.DefaultCache.Lookup(sans(12), 12).Face
	var b sfnt.Buffer
	for _, r := range known(s) {
		if i, err := face.GlyphIndex(&b, r); err != nil || i == 0 {
			return fmt.Errorf("text %q: got %q, want letters that the font has (%v)", s, r, err)
		}
	}
	return nil
}
