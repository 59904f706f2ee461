package exact

// Law is a distribution of data x for which the corruption u = a x + b ε has a
// closed form at every noise time: Mixture, Gaussians, Rings, Flat, or one of
// these Lifted into more dimensions. Each is a mixture of components, of which the
// quadrature over t needs what sight declares.
type Law interface {
	// Dim is the dimension of the points the law is a distribution of.
	Dim() int
	// prepare checks the law and makes what all points share.
	prepare() (model, error)
}

// model is a law made ready for many points.
type model interface {
	components() int
	// dim is the number m of coordinates that a point is seen in. All directions
	// but these, Dim − m of them, are noise alone and hold no part of the point.
	dim() int
	// blurs lists j² of the variances v = a² j² + b² that averages are made of.
	blurs() []float64
	// see makes ready for the point u and the listed components, in scratch, and gives the frame that takes
	// its coordinates to those of u.
	see(u []float64, list []int32, s *scratch) (sight, frame, error)
	// flat reports whether the law is improper in directions in which a x
	// vanishes where a = 0, so that no p(u|t) exists there.
	flat() bool
}

// sight is a law as one point u sees it. Components are named by index; a list
// holds those that matter, and weights w come in the order of the list.
type sight interface {
	// narrow bounds log π_k p(u|t,k) over all t of sp: bound is at least the largest
	// of the listed components' and least is log π_k p(u|t,k) in the middle of sp for
	// a likely one. kept gets those that may exceed floor on sp.
	narrow(sp *span, list []int32, floor float64, kept []int32) (bound, least float64, out []int32)
	// logWeights sets out, list × nodes, to log π_k p(u|t,k) of those listed.
	logWeights(nodes []instant, list []int32, out []float64)
	// mean adds E[g ∇E_t + x D_t | u] to out, in the point's coordinates, for
	// functions g and x of t.
	mean(j *joint, g, x observable, out []float64)
	// local sets c to the derivatives and moments at n, for weights that sum to 1.
	local(n *instant, list []int32, w []float64, c *local)
	// nearest is the distance of u to where the law has its mass, for messages.
	nearest() float64
}

// local is what is known at one noise time, in the coordinates of a sight. The
// matrices are m × m by rows, symmetric.
type local struct {
	grad, mean []float64 // ∇E_t, D_t = E[x | u, t]
	hess, cov  []float64 // ∇²E_t, Cov(x | u, t)
}

func newLocal(m int, s *scratch) *local {
	return &local{grad: s.floats.take(m), mean: s.floats.take(m),
		hess: s.floats.take(m * m), cov: s.floats.take(m * m)}
}

func (c *local) clear() {
	clear(c.grad)
	clear(c.mean)
	clear(c.hess)
	clear(c.cov)
}

// everyComponent is the list of all k components.
func everyComponent(k int) []int32 {
	list := make([]int32, k)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// addOuter adds s p qᵀ to the m × m matrix dst.
func addOuter(dst []float64, s float64, p, q []float64) {
	m := len(p)
	for i, v := range p {
		if v *= s; v == 0 {
			continue
		}
		row := dst[i*m : i*m+m]
		for j, w := range q {
			row[j] += v * w
		}
	}
}

// addDiagonal adds s I to the m × m matrix dst.
func addDiagonal(dst []float64, m int, s float64) {
	for i := range m {
		dst[i*m+i] += s
	}
}
