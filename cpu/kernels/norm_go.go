package kernels

import "unsafe"

// row is row r of a matrix whose rows are stride elements apart.
func row(p *float32, r, cols, stride int) []float32 {
	return run(p, r*stride, cols)
}

// The col kernels work on a matrix whose rows are stride elements apart. The result of a
// column is a chain of operations over the rows, in order, and depends on no other
// column. Their vectors k, a, b, c and sums have an element for each column.

// colSumGo is s[j] += Σᵣ x[r,j].
func colSumGo(s, x *float32, rows, cols, stride int) {
	t := unsafe.Slice(s, cols)
	for r := range rows {
		for j, v := range row(x, r, cols, stride) {
			t[j] += v
		}
	}
}

// colMomentsGo is s1[j] += Σᵣ (x[r,j]−k[j]), s2[j] += Σᵣ (x[r,j]−k[j])².
func colMomentsGo(s1, s2, x, k *float32, rows, cols, stride int) {
	t1, t2, ks := unsafe.Slice(s1, cols), unsafe.Slice(s2, cols), unsafe.Slice(k, cols)
	for r := range rows {
		for j, v := range row(x, r, cols, stride) {
			d := v - ks[j]
			t1[j] += d
			t2[j] = fma32(d, d, t2[j])
		}
	}
}

// colCrossGo is s1[j] += Σᵣ g[r,j], s2[j] += Σᵣ g[r,j]·(x[r,j]−k[j]).
func colCrossGo(s1, s2, g, x, k *float32, rows, cols, stride int) {
	t1, t2, ks := unsafe.Slice(s1, cols), unsafe.Slice(s2, cols), unsafe.Slice(k, cols)
	for r := range rows {
		xs := row(x, r, cols, stride)
		for j, v := range row(g, r, cols, stride) {
			t1[j] += v
			t2[j] = fma32(v, xs[j]-ks[j], t2[j])
		}
	}
}

// colApplyGo is y[r,j] = (x[r,j]−k[j])·a[j] + b[j].
func colApplyGo(y, x, k, a, b *float32, rows, cols, stride int) {
	ks, as, bs := unsafe.Slice(k, cols), unsafe.Slice(a, cols), unsafe.Slice(b, cols)
	for r := range rows {
		ys := row(y, r, cols, stride)
		for j, v := range row(x, r, cols, stride) {
			ys[j] = fma32(v-ks[j], as[j], bs[j])
		}
	}
}

// colGradGo is dx[r,j] = g[r,j]·a[j] + (x[r,j]−k[j])·b[j] + c[j].
func colGradGo(dx, g, x, k, a, b, c *float32, rows, cols, stride int) {
	ks, as := unsafe.Slice(k, cols), unsafe.Slice(a, cols)
	bs, cs := unsafe.Slice(b, cols), unsafe.Slice(c, cols)
	for r := range rows {
		ds, gs := row(dx, r, cols, stride), row(g, r, cols, stride)
		for j, v := range row(x, r, cols, stride) {
			ds[j] = fma32(gs[j], as[j], fma32(v-ks[j], bs[j], cs[j]))
		}
	}
}

// The row kernels work on one row of n elements, with x̂[i] = (x[i]−k)·r + d.

// rowApplyGo is y = x̂·γ + β.
func rowApplyGo(y, x, gamma, beta *float32, n int, k, r, d float32) {
	ys, xs, gs, bs := unsafe.Slice(y, n), unsafe.Slice(x, n), unsafe.Slice(gamma, n), unsafe.Slice(beta, n)
	for i, v := range xs {
		ys[i] = fma32(fma32(v-k, r, d), gs[i], bs[i])
	}
}

// rowSumsGo is s1 += γg and s2 += γg·x̂, element i in lane i mod 64.
func rowSumsGo(s1, s2 *Lanes, g, x, gamma *float32, n int, k, r, d float32) {
	gs, xs, ws := unsafe.Slice(g, n), unsafe.Slice(x, n), unsafe.Slice(gamma, n)
	for i, v := range xs {
		p := float32(gs[i] * ws[i]) // the conversion forbids the compiler to fuse it with the sum
		s1[i%lanes] += p
		s2[i%lanes] = fma32(p, fma32(v-k, r, d), s2[i%lanes])
	}
}

// rowGradGo is dβ += g, dγ += g·x̂, dx = r·(γg − p − x̂·q).
func rowGradGo(dx, dgamma, dbeta, g, x, gamma *float32, n int, k, r, d, p, q float32) {
	ds, dw, db := unsafe.Slice(dx, n), unsafe.Slice(dgamma, n), unsafe.Slice(dbeta, n)
	gs, xs, ws := unsafe.Slice(g, n), unsafe.Slice(x, n), unsafe.Slice(gamma, n)
	for i, v := range xs {
		h := fma32(v-k, r, d)
		db[i] += gs[i]
		dw[i] = fma32(gs[i], h, dw[i])
		ds[i] = r * (fma32(gs[i], ws[i], -p) - float32(h*q))
	}
}
