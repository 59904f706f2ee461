package distance

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan/philox"
)

// directions is how many lines a worker projects at a time.
const directions = 12

// Sliced is the mean over lines of W_p^p between the projections of two sets, with the
// standard error that it has from being a mean over so many lines θ, uniform on the sphere:
//
//	W_p^p(θ) = ∫₀¹ |F⁻¹(q) − G⁻¹(q)|^p dq
//
// of the quantile functions F⁻¹ and G⁻¹ of θ·x and θ·y; p is 1 or 2. It costs the products of
// all points with all lines, and sorts, which take longer where D is below about 1,000.
func (c *Cores) Sliced(ctx context.Context, real, generated Points, lines, p int, seed uint64) (
	Estimate, error) {
	if err := check("sliced Wasserstein", 1, real, generated); err != nil {
		return Estimate{}, err
	}
	if lines < 2 || p != 1 && p != 2 {
		return Estimate{}, fmt.Errorf("distance: sliced Wasserstein: got %d lines and p = %d, want at least "+
			"2 lines and p = 1 or 2", lines, p)
	}
	theta := lineset(lines, real.Dim, seed)
	powers := make([]float64, lines)
	err := c.each(ctx, (lines+directions-1)/directions, func(w *worker, item int) {
		from := item * directions
		n, m := real.N(), generated.N()
		rows := min(directions, lines-from)
		all := room(&w.c, rows*(n+m))
		x, y := all[:rows*n], all[rows*n:]
		w.project(x, theta.Slice(from, from+rows), real)
		w.project(y, theta.Slice(from, from+rows), generated)
		for l := range rows {
			u, v := x[l*n:(l+1)*n], y[l*m:(l+1)*m]
			w.sort(u)
			w.sort(v)
			powers[from+l] = transport(u, v, p)
		}
	})
	return meanOf(powers), err
}

// meanOf is the mean of independent values, at least two, with its standard error.
func meanOf(values []float64) (e Estimate) {
	n := float64(len(values))
	for _, v := range values {
		e.Value += v
	}
	e.Value /= n
	for _, v := range values {
		e.SE += (v - e.Value) * (v - e.Value)
	}
	e.SE = math.Sqrt(e.SE / (n - 1) / n)
	return e
}

// lineset is so many unit vectors, uniform on the sphere, of which the beginning does not
// depend on their number.
func lineset(lines, dim int, seed uint64) Points {
	theta := Points{make([]float32, lines*dim), dim}
	for l := range lines {
		row := theta.Row(l)
		var square float64
		for square == 0 {
			philox.Normals(row, seed, uint64(l), philox.Draw(philox.Metric, drawDirection))
			for _, v := range row {
				square += float64(v) * float64(v)
			}
		}
		for j := range row {
			row[j] = float32(float64(row[j]) / math.Sqrt(square))
		}
	}
	return theta
}

// project sets out to the products of lines with points, a row for each line.
func (w *worker) project(out []float32, lines, p Points) {
	w.engine.Gemm(&kernels.Gemm{M: lines.N(), N: p.N(), K: p.Dim, A: lines.X, RowA: p.Dim, ColA: 1, B: p.X,
		RowB: 1, ColB: p.Dim, C: out, RowC: p.N()})
}

// sort sorts finite numbers by their bits, least ones first: a counting sort of 11 bits at a
// time, three times.
func (w *worker) sort(x []float32) {
	const bits, all = 11, 1 << 11
	from, to := x, room(&w.t, len(x))
	var counts [3][all]int32
	key := func(v float32) uint32 {
		b := math.Float32bits(v)
		return b ^ (uint32(int32(b)>>31) | 1<<31) // in the order of the numbers
	}
	for _, v := range x {
		k := key(v)
		counts[0][k&(all-1)]++
		counts[1][k>>bits&(all-1)]++
		counts[2][k>>(2*bits)]++
	}
	for pass := range counts {
		var at int32
		for k, n := range counts[pass] {
			counts[pass][k] = at
			at += n
		}
		for _, v := range from {
			k := key(v) >> (pass * bits) & (all - 1)
			to[counts[pass][k]] = v
			counts[pass][k]++
		}
		from, to = to, from
	}
	copy(x, from)
}

// transport is W_p^p of two sorted sets of numbers, each number of a set of the same weight.
func transport(x, y []float32, p int) (sum float64) {
	cost := func(i, j int) float64 {
		d := math.Abs(float64(x[i]) - float64(y[j]))
		if p == 2 {
			return d * d
		}
		return d
	}
	n, m := len(x), len(y)
	if n == m {
		for i := range x {
			sum += cost(i, i)
		}
		return sum / float64(n)
	}
	at := 0 // in units of 1/(nm)
	for i, j := 0, 0; i < n && j < m; {
		next := min((i+1)*m, (j+1)*n)
		sum += float64(next-at) * cost(i, j)
		if at = next; at == (i+1)*m {
			i++
		}
		if at == (j+1)*n {
			j++
		}
	}
	return sum / float64(n) / float64(m)
}

// Rooted is e^{1/p}, with the standard error of its linear part.
func (e Estimate) Rooted(p int) Estimate {
	if p == 1 || e.Value == 0 {
		return e
	}
	root := math.Sqrt(e.Value)
	return Estimate{root, e.SE / (2 * root)}
}

// MIND is the Monge Inception Distance of Berthet et al. (arXiv 2605.06797) on these vectors:
// 3D times the mean over lines of W₂², of as many points of either set; where one has more,
// of a random choice of them. Its error is that of the lines.
func (c *Cores) MIND(ctx context.Context, real, generated Points, lines int, seed uint64) (Estimate, error) {
	n := min(real.N(), generated.N())
	for i, p := range []*Points{&real, &generated} {
		if p.N() > n {
			*p = p.chosen(shuffled(p.N(), n, seed, uint64(i), drawPrefix))
		}
	}
	e, err := c.Sliced(ctx, real, generated, lines, 2, seed)
	scale := 3 * float64(real.Dim)
	return Estimate{scale * e.Value, scale * e.SE}, err
}
