package model

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/graph"
)

// Guided is classifier-free guidance (Ho and Salimans, arXiv 2207.12598) of a field that is
// told a label k, at twice the cost of f:
//
//	f(∅) + w (f(k) − f(∅))
//
// where ∅ is no label. w = 1 is f(k) and w = 0 is f(∅). Of channels > 0 only so many, the
// first, are guided, and the others are those of f(k): the released code of DiT, SiT and
// Equilibrium Matching guides 3 of a latent's 4.
func Guided(f Field, w float64, channels int) Field {
	return func(b *graph.Builder, in Inputs) graph.Node {
		if in.Label == nil {
			b.Fail(fmt.Errorf("model: Guided: the field is told no label"))
			return nil
		}
		told := f(b, in)
		blind := in
		blind.Label = b.Fill(NoLabel, in.Label, in.Label.Shape()...)
		without := f(b, blind)
		y := b.Add(without, b.Scale(w, b.Sub(told, without)))
		if b.Err() != nil {
			return nil
		}
		shape := y.Shape()
		c := shape[len(shape)-1]
		if channels <= 0 || channels >= c {
			return y
		}
		rows := 1
		for _, extent := range shape[:len(shape)-1] {
			rows *= extent
		}
		part := func(x graph.Node, off, width int) graph.Node {
			return b.Narrow(x, rows, off, width, rows, width)
		}
		return b.Concat(rows, slices.Clone(shape), part(y, 0, channels), part(told, channels, c-channels))
	}
}
