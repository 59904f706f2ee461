package kernels

import "unsafe"

// tileGo is the micro-kernel in Go: blocks of two rows by four columns, whose sums the
// compiler keeps in registers, and single elements at the edges.
func tileGo(t *tile) {
	for i := 0; i < t.m; i += 2 {
		for j := 0; j < t.n; j += 4 {
			if i+2 <= t.m && j+4 <= t.n {
				tileGo2x4(t, i, j)
				continue
			}
			for p := i; p < min(i+2, t.m); p++ {
				for q := j; q < min(j+4, t.n); q++ {
					tileGo1x1(t, p, q)
				}
			}
		}
	}
}

// load reads the float32 offset bytes after p.
func load(p unsafe.Pointer, offset int) float32 { return *(*float32)(unsafe.Add(p, offset)) }

// store writes v offset bytes after p.
func store(p unsafe.Pointer, offset int, v float32) { *(*float32)(unsafe.Add(p, offset)) = v }

// tileGo1x1 computes element (i, j) of the tile.
func tileGo1x1(t *tile, i, j int) {
	var s float32
	if t.init != nil {
		s = load(t.init, i*t.ldi+4*j)
	}
	a, b := i*t.rs, 4*j
	for range t.nseg {
		for range t.kc {
			s = fma32(load(t.a, a), load(t.b, b), s)
			a += t.cs
			b += t.ldb
		}
		a += t.agap
		b += t.bgap
	}
	store(t.c, i*t.ldc+4*j, s)
}

// tileGo2x4 computes rows i and i+1, columns j to j+3 of the tile.
func tileGo2x4(t *tile, i, j int) {
	var s, r [4]float32
	if t.init != nil {
		for q := range 4 {
			s[q] = load(t.init, i*t.ldi+4*(j+q))
			r[q] = load(t.init, (i+1)*t.ldi+4*(j+q))
		}
	}
	s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
	r0, r1, r2, r3 := r[0], r[1], r[2], r[3]
	a, b := i*t.rs, 4*j
	for range t.nseg {
		for range t.kc {
			x, y := load(t.a, a), load(t.a, a+t.rs)
			b0, b1, b2, b3 := load(t.b, b), load(t.b, b+4), load(t.b, b+8), load(t.b, b+12)
			s0, s1, s2, s3 = fma32(x, b0, s0), fma32(x, b1, s1), fma32(x, b2, s2), fma32(x, b3, s3)
			r0, r1, r2, r3 = fma32(y, b0, r0), fma32(y, b1, r1), fma32(y, b2, r2), fma32(y, b3, r3)
			a += t.cs
			b += t.ldb
		}
		a += t.agap
		b += t.bgap
	}
	for q, v := range [4]float32{s0, s1, s2, s3} {
		store(t.c, i*t.ldc+4*(j+q), v)
	}
	for q, v := range [4]float32{r0, r1, r2, r3} {
		store(t.c, (i+1)*t.ldc+4*(j+q), v)
	}
}
