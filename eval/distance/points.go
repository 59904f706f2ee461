package distance

import "fmt"

// Points are rows of Dim coordinates, one after another.
type Points struct {
	X   []float32
	Dim int
}

// N is the number of points.
func (p Points) N() int { return len(p.X) / p.Dim }

// Row is point i.
func (p Points) Row(i int) []float32 { return p.X[i*p.Dim : (i+1)*p.Dim : (i+1)*p.Dim] }

// Slice is points from i to before j.
func (p Points) Slice(i, j int) Points { return Points{p.X[i*p.Dim : j*p.Dim], p.Dim} }

// Estimate is a number with its standard error.
type Estimate struct{ Value, SE float64 }

// check refuses sets that no distance is defined on: of different dimension, with fewer than
// least points, with a coordinate that is no finite number, or all of one point.
func check(what string, least int, real, generated Points) error {
	if real.Dim < 1 || real.Dim != generated.Dim {
		return fmt.Errorf("distance: %s: got vectors of %d and of %d coordinates, want the same number of "+
			"at least 1", what, real.Dim, generated.Dim)
	}
	if real.N() < least || generated.N() < least {
		return fmt.Errorf("distance: %s: got %d real and %d generated vectors, want at least %d of each",
			what, real.N(), generated.N(), least)
	}
	names := [2]string{"real", "generated"}
	same := true
	for s, p := range [2]Points{real, generated} {
		for i, v := range p.X {
			if v-v != 0 {
				return fmt.Errorf("distance: %s: coordinate %d of %s vector %d is %v, want finite numbers",
					what, i%p.Dim, names[s], i/p.Dim, v)
			}
			same = same && v == real.X[i%p.Dim]
		}
	}
	if same {
		return fmt.Errorf("distance: %s: got %d real and %d generated vectors that are all one vector: "+
			"these features tell nothing apart", what, real.N(), generated.N())
	}
	return nil
}

// mean is the mean of the points, in float64.
func (p Points) mean() []float64 {
	mu := make([]float64, p.Dim)
	for i := range p.N() {
		for j, v := range p.Row(i) {
			mu[j] += float64(v)
		}
	}
	for j := range mu {
		mu[j] /= float64(p.N())
	}
	return mu
}

// squared is ‖x − y‖² in float64.
func squared(x, y []float32) float64 {
	var s0, s1 float64
	k := 0
	for ; k+1 < len(x); k += 2 {
		d0, d1 := float64(x[k])-float64(y[k]), float64(x[k+1])-float64(y[k+1])
		s0 += d0 * d0
		s1 += d1 * d1
	}
	if k < len(x) {
		d := float64(x[k]) - float64(y[k])
		s0 += d * d
	}
	return s0 + s1
}
