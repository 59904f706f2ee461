package graph

// Halve is the mean of each 2×2 pixels of images x [n, h, w, c], as [n, h/2, w/2, c]; h and
// w are even.
func (b *Builder) Halve(x Node) Node {
	if b.err != nil {
		return nil
	}
	s := x.Shape()
	n, h, w, c := s[0], s[1], s[2], s[3]
	y := b.SumAxis(b.Reshape(x, n, h/2, 2, w, c), 2)  // pairs of rows
	y = b.SumAxis(b.Reshape(y, n, h/2, w/2, 2, c), 3) // pairs of columns
	return b.Scale(.25, y)
}

// MeanOfPixels is the mean over the pixels of images x [n, h, w, c], as [n, c].
func (b *Builder) MeanOfPixels(x Node) Node {
	if b.err != nil {
		return nil
	}
	s := x.Shape()
	n, m, c := s[0], s[1]*s[2], s[3]
	return b.Scale(1/float64(m), b.Sum(x, n, c, n, c))
}
