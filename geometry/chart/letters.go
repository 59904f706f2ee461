package chart

import (
	"fmt"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// sans is the font of all text, at a size in points.
func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// drawable refuses a text with a letter that the font does not have: it would be left
// out of the picture without a word.
func drawable(text string) error {
	face := font.DefaultCache.Lookup(sans(12), 12).Face
	var b sfnt.Buffer
	for _, r := range text {
		if i, err := face.GlyphIndex(&b, r); err != nil || i == 0 {
			return fmt.Errorf("text %q: got %q, want letters that the font has (%v)", text, r, err)
		}
	}
	return nil
}
