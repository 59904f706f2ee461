package kernels

import "math"

// NormShape is a normalisation of x [N, S, C], where S is the pixels of an image or 1:
// group normalisation (Wu and He 2018), which is layer normalisation (Ba, Kiros and
// Hinton 2016) with one group and S = 1. Each of the Groups groups of C/Groups channels
// of each of the N samples is brought to mean 0 and variance 1.
//
// A first pass takes the mean, rounded to float32 as k, and a second one the moments
// about k, so that a mean far larger than the deviation costs no digits:
//
//	δ = mean(x − k),  var = mean((x − k)²) − δ²,  x̂ = (x − k − δ)/√(var + ε)
type NormShape struct {
	N, S, C, Groups int
	Eps             float64
}

// width is the number of channels in a group.
func (s NormShape) width() int { return s.C / s.Groups }

// normUnit is how many pixels are summed in float32 before the sums are added in float64.
const normUnit = 64

// normScratch is the memory that a worker computes in, by channel and by group.
type normScratch struct {
	k, a, b, c  []float32 // by channel: the mean, and the coefficients of the last pass
	s1, s2      []float32 // by channel: sums of normUnit pixels
	t1, t2      []float64 // by channel: sums of all pixels
	rstd, delta []float64 // by group: 1/√(var + ε) and δ
}

// newNormScratch allocates the memory of each worker.
func newNormScratch(p *Pool, s NormShape) []normScratch {
	ds := make([]normScratch, p.Workers())
	for i := range ds {
		f := Aligned(6 * s.C)
		take := func() (part []float32) { part, f = f[:s.C], f[s.C:]; return }
		ds[i] = normScratch{k: take(), a: take(), b: take(), c: take(), s1: take(), s2: take(),
			t1: make([]float64, s.C), t2: make([]float64, s.C),
			rstd: make([]float64, s.Groups), delta: make([]float64, s.Groups)}
	}
	return ds
}

// split returns how many items a sample has and how many groups each of them: one item
// for all groups in a batch of 8 or more, else one for each columnBand channels.
func (s NormShape) split() (items, per int) {
	if s.N >= 8 {
		return 1, s.Groups
	}
	per = min(s.Groups, ceilDiv(columnBand, s.width()))
	return ceilDiv(s.Groups, per), per
}

// columnBand is the fewest channels of an item.
const columnBand = 64

// moments sets k of each channel, and rstd and delta of each group, for groups
// g0 ≤ g < g1 of the sample x [S, C].
func (v *Vec) moments(d *normScratch, s NormShape, x []float32, g0, g1 int) {
	w := s.width()
	c0, cols := g0*w, (g1-g0)*w
	each := func(f func(r, rows int)) {
		clear(d.t1[c0 : c0+cols])
		clear(d.t2[c0 : c0+cols])
		for r := 0; r < s.S; r += normUnit {
			clear(d.s1[c0 : c0+cols])
			clear(d.s2[c0 : c0+cols])
			f(r, min(normUnit, s.S-r))
			for j := c0; j < c0+cols; j++ {
				d.t1[j] += float64(d.s1[j])
				d.t2[j] += float64(d.s2[j])
			}
		}
	}
	each(func(r, rows int) { v.colSum(&d.s1[c0], &x[r*s.C+c0], rows, cols, s.C) })
	n := float64(s.S * w)
	for g := g0; g < g1; g++ {
		k := float32(total(d.t1[g*w:(g+1)*w]) / n)
		for j := g * w; j < (g+1)*w; j++ {
			d.k[j] = k
		}
	}
	each(func(r, rows int) {
		v.colMoments(&d.s1[c0], &d.s2[c0], &x[r*s.C+c0], &d.k[c0], rows, cols, s.C)
	})
	for g := g0; g < g1; g++ {
		delta := total(d.t1[g*w:(g+1)*w]) / n
		d.delta[g] = delta
		d.rstd[g] = 1 / math.Sqrt(max(0, total(d.t2[g*w:(g+1)*w])/n-delta*delta)+s.Eps)
	}
}

// total is Σ x, one after the other.
func total(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// Norm is y = γ·x̂ + β with γ and β [C]. It reads x three times, the second and third time
// from the cache if a sample fits there, and writes y once.
func (v *Vec) Norm(p *Pool, s NormShape, y, x, gamma, beta []float32) *Job {
	if s.S == 1 {
		return v.normRows(p, s, y, x, gamma, beta)
	}
	scratch := newNormScratch(p, s)
	pieces, per := s.split()
	w, size := s.width(), s.S*s.C
	return NewJob(p, s.N*pieces, func(worker, item int) {
		d, at := &scratch[worker], item/pieces*size
		g0 := item % pieces * per
		g1 := min(s.Groups, g0+per)
		v.moments(d, s, x[at:at+size], g0, g1)
		for j := g0 * w; j < g1*w; j++ {
			a := d.rstd[j/w] * float64(gamma[j])
			d.a[j], d.b[j] = float32(a), float32(float64(beta[j])-d.delta[j/w]*a)
		}
		c := g0 * w
		v.colApply(&y[at+c], &x[at+c], &d.k[c], &d.a[c], &d.b[c], s.S, (g1-g0)*w, s.C)
	})
}

// normRows is Norm with S = 1: a sample is one row, and a group is a part of it.
func (v *Vec) normRows(p *Pool, s NormShape, y, x, gamma, beta []float32) *Job {
	w := s.width()
	items, per := chunks(s.N, s.C)
	return NewJob(p, items, func(_, item int) {
		for i := item * per * s.Groups; i < min(s.N, (item+1)*per)*s.Groups; i++ {
			at, c := i*w, i%s.Groups*w
			k, r, d := v.rowMoments(x[at:at+w], s.Eps)
			v.rowApply(&y[at], &x[at], &gamma[c], &beta[c], w, k, r, d)
		}
	})
}

// rowMoments returns k, 1/√(var + ε) and −δ/√(var + ε) of a row.
func (v *Vec) rowMoments(x []float32, eps float64) (k, r, d float32) {
	n := float64(len(x))
	k = float32(v.Sum(x) / n)
	var t1, t2 float64
	for len(x) > 0 {
		var s1, s2 Lanes
		m := min(len(x), sumUnit)
		v.laneMoments(&s1, &s2, &x[0], k, m)
		t1 += v.laneFold(&s1)
		t2 += v.laneFold(&s2)
		x = x[m:]
	}
	delta := t1 / n
	rstd := 1 / math.Sqrt(max(0, t2/n-delta*delta)+eps)
	return k, float32(rstd), float32(-delta * rstd)
}
