package kernels

// NormGrad is the adjoint of Norm. With g the gradient of y, h = γ·g, and means over a
// group:
//
//	dx = rstd·(h − mean(h) − x̂·mean(h·x̂)),  dγ = Σ g·x̂,  dβ = Σ g
//
// params is dγ and dβ, one after the other. They are computed for each sample and then
// added in order.
func (v *Vec) NormGrad(p *Pool, s NormShape, dx, params, x, gamma, g []float32) *Job {
	if s.S == 1 {
		return v.normRowsGrad(p, s, dx, params, x, gamma, g)
	}
	scratch := newNormScratch(p, s)
	pieces, per := s.split()
	size := s.S * s.C
	part := Aligned(2 * s.C * s.N)
	j := NewJob(p, s.N*pieces, func(worker, item int) {
		n := item / pieces
		at, g0 := n*size, item%pieces*per
		v.normGroupsGrad(&scratch[worker], s, dx[at:at+size], part[2*s.C*n:2*s.C*(n+1)],
			x[at:at+size], gamma, g[at:at+size], g0, min(s.Groups, g0+per))
	})
	return j.append(v.sumColumns(p, 1, s.N, 2*s.C, params, part))
}

// append adds the stages of k after those of j.
func (j *Job) append(k *Job) *Job {
	j.stages = append(j.stages, k.stages...)
	return j
}

// normGroupsGrad is NormGrad of groups g0 ≤ i < g1 of one sample; part is dγ and dβ.
func (v *Vec) normGroupsGrad(d *normScratch, s NormShape, dx, part, x, gamma, g []float32, g0, g1 int) {
	v.moments(d, s, x, g0, g1)
	w := s.width()
	c0, c1 := g0*w, g1*w
	clear(d.t1[c0:c1])
	clear(d.t2[c0:c1])
	for r := 0; r < s.S; r += normUnit {
		clear(d.s1[c0:c1])
		clear(d.s2[c0:c1])
		at, rows := r*s.C+c0, min(normUnit, s.S-r)
		v.colCross(&d.s1[c0], &d.s2[c0], &g[at], &x[at], &d.k[c0], rows, c1-c0, s.C)
		for j := c0; j < c1; j++ {
			d.t1[j] += float64(d.s1[j])
			d.t2[j] += float64(d.s2[j])
		}
	}
	n := float64(s.S * w)
	for i := g0; i < g1; i++ {
		rstd, delta := d.rstd[i], d.delta[i]
		var h, hx float64
		for j := i * w; j < (i+1)*w; j++ {
			dbeta, dgamma := d.t1[j], rstd*(d.t2[j]-delta*d.t1[j])
			part[j], part[s.C+j] = float32(dgamma), float32(dbeta)
			h += float64(gamma[j]) * dbeta
			hx += float64(gamma[j]) * dgamma
		}
		// In the terms of colGrad, dx = g·a + (x−k)·b + c with a = rstd·γ.
		b := -rstd * rstd * hx / n
		for j := i * w; j < (i+1)*w; j++ {
			d.a[j], d.b[j], d.c[j] = float32(rstd*float64(gamma[j])), float32(b), float32(-rstd*h/n-delta*b)
		}
	}
	v.colGrad(&dx[c0], &g[c0], &x[c0], &d.k[c0], &d.a[c0], &d.b[c0], &d.c[c0], s.S, c1-c0, s.C)
}

// normRowsGrad is NormGrad with S = 1. dγ and dβ of the rows of an item are added in
// float32, then those of the items in order.
func (v *Vec) normRowsGrad(p *Pool, s NormShape, dx, params, x, gamma, g []float32) *Job {
	w := s.width()
	items, per := chunks(s.N, s.C)
	part := Aligned(2 * s.C * items)
	j := NewJob(p, items, func(_, item int) {
		q := part[2*s.C*item : 2*s.C*(item+1)]
		clear(q)
		for i := item * per * s.Groups; i < min(s.N, (item+1)*per)*s.Groups; i++ {
			at, c := i*w, i%s.Groups*w
			k, r, d := v.rowMoments(x[at:at+w], s.Eps)
			h, hx := v.rowMeans(g[at:at+w], x[at:at+w], gamma[c:c+w], k, r, d)
			v.rowGrad(&dx[at], &q[c], &q[s.C+c], &g[at], &x[at], &gamma[c], w, k, r, d, h, hx)
		}
	})
	return j.append(v.sumColumns(p, 1, items, 2*s.C, params, part))
}

// rowMeans returns the means of γg and γg·x̂.
func (v *Vec) rowMeans(g, x, gamma []float32, k, r, d float32) (h, hx float32) {
	n := float64(len(x))
	var t1, t2 float64
	for at := 0; at < len(x); at += sumUnit {
		var s1, s2 Lanes
		m := min(len(x)-at, sumUnit)
		v.rowSums(&s1, &s2, &g[at], &x[at], &gamma[at], m, k, r, d)
		t1 += v.laneFold(&s1)
		t2 += v.laneFold(&s2)
	}
	return float32(t1 / n), float32(t2 / n)
}
