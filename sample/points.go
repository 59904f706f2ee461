package sample

import "math"

// points is the Flow of a Field. Points move in float64 while the field sees and
// gives float32. A step in float32 would be lost once η‖f‖ falls below half a
// unit in the last place of the point, which for the default recipe is at noise
// 1e-6.
type points struct {
	field Field
	dim   int
	n     int
	u, m  []float64 // the points and the memory of the method
	y, f  []float32 // where the field is asked, and what it answers
}

func newPoints(field Field, batch, dim int) *points {
	n := batch * dim
	return &points{field: field, dim: dim,
		u: make([]float64, n), m: make([]float64, n), y: make([]float32, n), f: make([]float32, n)}
}

func (p *points) Begin(u []float64) error {
	p.n = len(u) / p.dim
	copy(p.u, u)
	clear(p.m)
	return nil
}

func (p *points) Step(look [2]float64, u, m [3]float64) error {
	size := p.n * p.dim
	st := Stage{Look: look, U: u, M: m}
	st.look(p.y[:size], p.u, p.m)
	if err := p.field(p.f[:size], p.y[:size], p.n); err != nil {
		return err
	}
	st.move(p.u, p.m, p.f[:size])
	return nil
}

func (p *points) Norms(norms []float64) error {
	for j := range norms {
		norms[j] = norm(p.f[j*p.dim : (j+1)*p.dim])
	}
	return nil
}

func (p *points) Looked(y []float32, points []int) error {
	for k, j := range points {
		copy(y[k*p.dim:(k+1)*p.dim], p.y[j*p.dim:])
	}
	return nil
}

func (p *points) Keep(points []int) error {
	d := p.dim
	for k, j := range points {
		copy(p.u[k*d:(k+1)*d], p.u[j*d:])
		copy(p.m[k*d:(k+1)*d], p.m[j*d:])
	}
	p.n = len(points)
	return nil
}

func (p *points) Points(u []float32) error {
	for e := range u {
		u[e] = float32(p.u[e])
	}
	return nil
}

// look sets y = Look₀ u + Look₁ m. Each product is rounded on its own, so that
// machines with and without a fused multiply-add agree.
func (st *Stage) look(y []float32, u, m []float64) {
	a, b := st.Look[0], st.Look[1]
	u, m = u[:len(y)], m[:len(y)]
	for e := range y {
		y[e] = float32(float64(a*u[e]) + float64(b*m[e]))
	}
}

// move updates u and m.
func (st *Stage) move(u, m []float64, f []float32) {
	U, M := st.U, st.M
	u, m = u[:len(f)], m[:len(f)]
	for e, v := range f {
		ue, me, fe := u[e], m[e], float64(v)
		u[e] = float64(U[0]*ue) + float64(U[1]*me) + float64(U[2]*fe)
		m[e] = float64(M[0]*ue) + float64(M[1]*me) + float64(M[2]*fe)
	}
}

// norm is ‖f‖. The square of a float32 cannot overflow a float64, so it is
// finite where every element is.
func norm(f []float32) float64 {
	var sum float64
	for _, v := range f {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}
