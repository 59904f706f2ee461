package exact

// frame takes the m coordinates a point is seen in to its D own. Its columns are
// orthonormal; nil stands for the identity, where m = D.
type frame struct {
	columns [][]float64
	dim     int
}

// expand is the vector whose coordinates are v, in memory of its own.
func (f frame) expand(v []float64) []float64 {
	out := make([]float64, f.dim)
	f.expandTo(out, v)
	return out
}

// expandTo sets out to the vector whose coordinates are v.
func (f frame) expandTo(out, v []float64) {
	if f.columns == nil {
		copy(out, v)
		return
	}
	clear(out)
	for j, c := range f.columns {
		for i, x := range c {
			out[i] += v[j] * x
		}
	}
}

// reduce is the coordinates of v.
func (f frame) reduce(v []float64) []float64 {
	if f.columns == nil {
		return v
	}
	out := make([]float64, len(f.columns))
	for j, c := range f.columns {
		out[j] = dot(c, v)
	}
	return out
}
