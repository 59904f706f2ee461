package exact

import "math"

// Matrix is a D × D matrix Q M Qᵀ + s (I − Q Qᵀ) with a small M, where Q has
// orthonormal columns: what derivatives and covariances of a law that was lifted
// into many dimensions are. For other laws it is M alone.
type Matrix struct {
	frame frame
	core  []float64 // M by rows
	m     int
	rest  float64 // s
}

// matrix is a zero M with rest.
func (q *query) matrix(rest float64) Matrix {
	m := q.a.model.dim()
	return Matrix{frame: q.frame, core: make([]float64, m*m), m: m, rest: rest}
}

// Dim is D.
func (x Matrix) Dim() int { return x.frame.dim }

// Dense is the matrix by rows. It costs D² m.
func (x Matrix) Dense() [][]float64 {
	out := make([][]float64, x.frame.dim)
	unit := make([]float64, x.frame.dim)
	for j := range out {
		out[j] = make([]float64, x.frame.dim)
	}
	for j := range out {
		unit[j] = 1
		column := x.Apply(unit)
		unit[j] = 0
		for i, v := range column {
			out[i][j] = v
		}
	}
	return out
}

// Apply is the matrix times v. It costs D m.
func (x Matrix) Apply(v []float64) []float64 {
	seen := x.frame.reduce(v)
	moved := make([]float64, x.m)
	for i := range moved {
		moved[i] = dot(x.core[i*x.m:(i+1)*x.m], seen)
	}
	if x.frame.columns == nil {
		return moved
	}
	for i := range moved {
		moved[i] -= x.rest * seen[i]
	}
	out := x.frame.expand(moved)
	for i := range out {
		out[i] += x.rest * v[i]
	}
	return out
}

// Trace is Σ_i of the diagonal.
func (x Matrix) Trace() float64 {
	t := x.rest * float64(x.frame.dim-x.m)
	for i := range x.m {
		t += x.core[i*x.m+i]
	}
	return t
}

// Norm is the Frobenius norm.
func (x Matrix) Norm() float64 {
	return math.Sqrt(dot(x.core, x.core) + x.rest*x.rest*float64(x.frame.dim-x.m))
}

// Antisymmetric is half the matrix less its transpose.
func (x Matrix) Antisymmetric() Matrix { return x.half(-1) }

// Symmetric is half the matrix and its transpose.
func (x Matrix) Symmetric() Matrix { return x.half(1) }

// half is (x + sign xᵀ)/2.
func (x Matrix) half(sign float64) Matrix {
	y := Matrix{frame: x.frame, core: make([]float64, len(x.core)), m: x.m, rest: x.rest * (1 + sign) / 2}
	for i := range x.m {
		for j := range x.m {
			y.core[i*x.m+j] = (x.core[i*x.m+j] + sign*x.core[j*x.m+i]) / 2
		}
	}
	return y
}
