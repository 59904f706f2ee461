package emu

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// The PTX of these tests is made from testdata/*.cu, in that directory, by
//
//	for a in 75 80 90; do clang-19 -x cuda --cuda-device-only -S -nocudainc -nocudalib \
//	  --cuda-gpu-arch=sm_$a --cuda-feature=+ptx78 -O3 -std=c++17 -gline-tables-only \
//	  -fdebug-compilation-dir=. -I. \
//	  prototype.cu -o prototype_$a.ptx; done
//	clang-19 … --cuda-gpu-arch=sm_80 --cuda-feature=+ptx70 … features.cu -o features_80.ptx

// orders are the schedules under which a correct kernel gives one answer.
var orders = []Options{
	{}, {Order: Reverse}, {Order: Random, Seed: 1}, {Order: Random, Seed: 2, Resident: 3, Land: LandRandom},
	{Resident: 4, Land: LandEarly}, {Unchecked: true}, {Unchecked: true, Workers: 3},
}

func eachOrder(t *testing.T, f func(t *testing.T, o Options)) {
	for i, o := range orders {
		t.Run(fmt.Sprintf("order%d", i), func(t *testing.T) { f(t, o) })
	}
}

// within fails unless |got − want| ≤ tol.
func within(t *testing.T, what string, i int, got float32, want, tol float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= tol) {
		t.Fatalf("%s[%d] = %v, want %v ± %.3g", what, i, got, want, tol)
	}
}

const unit = 0x1p-24 // roundoff of float32

func TestSiluBias(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(readFile(t, "prototype_80.ptx"), "silu_bias")
		for _, hw := range []int{1, 31, 64} {
			c, n := 5, 5*hw*3
			x, b := normals(n, 1), normals(c, 2)
			y := r.alloc(4 * n)
			r.launch(f, 2, 64, put(r, x), put(r, b), y, uint64(n), uint64(c), uint64(hw))
			for i, got := range get[float32](r, y, n) {
				v := float64(x[i]) + float64(b[i/hw%c])
				// The sum, the exponent's argument, exp, the sum and the quotient round once each.
				within(t, "y", i, got, v/(1+math.Exp(-v)), 8*unit*(1+v*v))
			}
		}
		r.close()
	})
}

func TestGroupNorm(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(readFile(t, "prototype_80.ptx"), "groupnorm")
		blocks, groups, cpg, hw := 6, 3, 4, 37
		m := cpg * hw
		x, ga, be := normals(blocks*m, 1), normals(groups*cpg, 2), normals(groups*cpg, 3)
		y, mean, rstd := r.alloc(4*blocks*m), r.alloc(4*blocks), r.alloc(4*blocks)
		r.launch(f, blocks, 256, put(r, x), put(r, ga), put(r, be), y, mean, rstd,
			uint64(groups), uint64(cpg), uint64(hw), bitsOf(1e-5))
		got := get[float32](r, y, blocks*m)
		for b := range blocks {
			var mu, v float64
			for _, e := range x[b*m : (b+1)*m] {
				mu += float64(e) / float64(m)
			}
			for _, e := range x[b*m : (b+1)*m] {
				v += (float64(e) - mu) * (float64(e) - mu) / float64(m)
			}
			rs := 1 / math.Sqrt(v+1e-5)
			for i := range m {
				c := b%groups*cpg + i/hw
				want := (float64(x[b*m+i])-mu)*rs*float64(ga[c]) + float64(be[c])
				within(t, "y", b*m+i, got[b*m+i], want, 40*unit*(1+math.Abs(want)))
			}
		}
		r.close()
	})
}

func TestSgemm(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(readFile(t, "prototype_80.ptx"), "sgemm")
		// On either side of the tile of 64×64×16.
		for _, s := range [][3]int{{1, 1, 1}, {64, 64, 16}, {65, 63, 17}} {
			m, n, k := s[0], s[1], s[2]
			a, b := normals(m*k, 1), normals(k*n, 2)
			c := r.alloc(4 * m * n)
			r.must(r.Launch(f, [3]uint32{uint32(n+63) / 64, uint32(m+63) / 64, 1}, [3]uint32{256, 1, 1}, 0, 0,
				[]uint64{put(r, a), put(r, b), c, uint64(m), uint64(n), uint64(k)}))
			for i, got := range get[float32](r, c, m*n) {
				var want, size float64
				for j := range k {
					p := float64(a[i/n*k+j]) * float64(b[j*n+i%n])
					want, size = want+p, size+math.Abs(p)
				}
				within(t, "C", i, got, want, float64(k)*unit*size)
			}
		}
		r.close()
	})
}

func TestBF16Gemm(t *testing.T) {
	for _, ptx := range []string{"prototype_80.ptx", "prototype_90.ptx"} {
		eachOrder(t, func(t *testing.T, o Options) {
			r := newRig(t, o)
			f := r.load(readFile(t, ptx), "bf16_gemm")
			for _, s := range [][3]int{{64, 64, 32}, {128, 64, 96}} {
				m, n, k := s[0], s[1], s[2]
				a, b := bf16s(normals(m*k, 1)), bf16s(normals(n*k, 2))
				c := r.alloc(4 * m * n)
				r.must(r.Launch(f, [3]uint32{uint32(n) / 64, uint32(m) / 64, 1}, [3]uint32{128, 1, 1}, 0, 0,
					[]uint64{put(r, a), put(r, b), c, uint64(m), uint64(n), uint64(k)}))
				for i, got := range get[float32](r, c, m*n) {
					var want, size float64
					for j := range k {
						p := float64(round.FromBF16(a[i/n*k+j])) * float64(round.FromBF16(b[i%n*k+j]))
						want, size = want+p, size+math.Abs(p)
					}
					within(t, "C", i, got, want, float64(k)*unit*size)
				}
			}
			r.close()
		})
	}
}

func bf16s(v []float32) []uint16 {
	out := make([]uint16, len(v))
	for i, x := range v {
		out[i] = round.ToBF16(float64(x), round.NearestEven)
	}
	return out
}

func TestAdam(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(readFile(t, "prototype_75.ptx"), "adam")
		const n = 300
		w, g, m, v := normals(n, 1), normals(n, 2), normals(n, 3), normals(n, 4)
		for i := range v {
			v[i] *= v[i]
		}
		pw, pb, pm, pv := put(r, w), r.alloc(2*n), put(r, m), put(r, v)
		r.launch(f, 2, 256, pw, pb, put(r, g), pm, pv, n, bitsOf(1e-3), bitsOf(.9), bitsOf(.999),
			bitsOf(1e-8), bitsOf(.01), bitsOf(.1), bitsOf(.001))
		got, half := get[float32](r, pw, n), get[uint16](r, pb, n)
		for i := range n {
			mi := float64(float32(.9))*float64(m[i]) + float64(1-float32(.9))*float64(g[i])
			vi := float64(float32(.999))*float64(v[i]) + float64(1-float32(.999))*float64(g[i])*float64(g[i])
			step := 1e-3 * (mi/.1/(math.Sqrt(vi/.001)+1e-8) + .01*float64(w[i]))
			within(t, "w", i, got[i], float64(w[i])-step,
				4*unit*math.Abs(float64(w[i]))+64*unit*math.Abs(step))
			if want := round.ToBF16(float64(got[i]), round.NearestEven); half[i] != want {
				t.Fatalf("shadow[%d] = %#04x, want %#04x", i, half[i], want)
			}
		}
		r.close()
	})
}

func TestFeatures(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(readFile(t, "features_80.ptx"), "feat")
		const threads, n = 64, 5
		in := normals(4*threads, 7)
		for i := range in {
			in[i] /= 4
		}
		zeros := make([]float32, threads+1)
		out, count := put(r, zeros), put(r, []int32{0})
		r.must(r.Launch(f, [3]uint32{1, 1, 1}, [3]uint32{threads, 1, 1}, 4*threads, 0,
			[]uint64{out, put(r, in), count, n}))
		got, positive, sum := get[float32](r, out, threads+1), 0, 0.0
		for i := range threads {
			v := func(t int) float64 {
				return float64(in[4*t]) + float64(in[4*t+1])*float64(in[4*t+2]) - float64(in[4*t+3])
			}
			x := v(i^1) + float64(in[4*i])*(n&7)
			for k := range n {
				x = x*x + float64(k&3+1)
			}
			positive += int(bit(x > 0))
			sum += float64(got[i])
			// five squarings amplify a rounding by 2^5 and more
			within(t, "out", i, got[i], x, 1e-4*math.Abs(x))
		}
		within(t, "out", threads, got[threads], sum, threads*unit*math.Abs(sum))
		if c := get[int32](r, count, 1)[0]; int(c) != positive {
			t.Fatalf("count = %d, want %d", c, positive)
		}
		r.close()
	})
}
