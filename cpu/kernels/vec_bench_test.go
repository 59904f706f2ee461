package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// BenchmarkBlock runs primitives on a block of 1024 at every level: GB/s of what
// is read and written.
func BenchmarkBlock(b *testing.B) {
	const n = 1024
	x := normal(rand.New(rand.NewPCG(1, 1)), n, 0)
	y := make([]float32, n)
	for _, l := range Levels() {
		v := NewVec(l)
		for _, k := range []plan.Kind{plan.Add, plan.Mul, plan.Div, plan.Max,
			plan.Exp, plan.Log, plan.Sin, plan.Tanh, plan.Sigmoid, plan.SiLU} {
			b.Run(fmt.Sprintf("%v/%v", k, l), func(b *testing.B) {
				b.SetBytes(8 * n)
				for b.Loop() {
					v.Pointwise(k)(&y[0], &x[0], &x[0], n, 0)
				}
			})
		}
		for _, isNormal := range []bool{false, true} {
			b.Run(fmt.Sprintf("draw normal=%v/%v", isNormal, l), func(b *testing.B) {
				d := v.NewDrawer(isNormal, 1, 2)
				b.SetBytes(4 * n)
				for b.Loop() {
					d.Fill(y, 3, 0, 0)
				}
			})
		}
	}
}

// BenchmarkJob runs whole kernels on one worker: GB/s of least traffic, or
// GFLOP/s of attention's forward products (5/2 of them backward).
func BenchmarkJob(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	p := NewPool(1)
	defer p.Close()
	v := NewVec(Auto)
	bytes := func(name string, n int, j *Job) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				j.Do()
			}
		})
	}
	for _, s := range []NormShape{
		{N: 16, S: 1024, C: 64, Groups: 16, Eps: 1e-5}, {N: 16, S: 256, C: 128, Groups: 32, Eps: 1e-5},
		{N: 128, S: 49, C: 64, Groups: 8, Eps: 1e-5}, {N: 2048, S: 1, C: 384, Groups: 1, Eps: 1e-5},
	} {
		n := s.N * s.S * s.C
		x, g, y := normal(rng, n, 1), normal(rng, n, 0), make([]float32, n+2*s.C)
		w, c := normal(rng, s.C, 1), normal(rng, s.C, 0)
		bytes(fmt.Sprintf("Norm %v", s), 8*n, v.Norm(p, s, y[:n], x, w, c))
		bytes(fmt.Sprintf("NormGrad %v", s), 12*n, v.NormGrad(p, s, y[:n], y[n:], x, w, g))
	}
	n := 1 << 20
	x, y := normal(rng, n, 0), make([]float32, n)
	bytes("Softmax 256", 8*n, v.Softmax(p, n/256, 256, y, x))
	bytes("Sum whole", 4*n, v.Sum3(p, 1, n, 1, y[:1], x))
	bytes("Sum columns 64", 4*n, v.Sum3(p, 1, n/64, 64, y[:64], x))
	bytes("Sum rows 64", 4*n, v.Sum3(p, n/64, 64, 1, y[:n/64], x))
	bytes("Dot", 8*n, v.DotRows(p, 1, n, y[:1], x, x))
	s := [4][]float32{normal(rng, n, 0), normal(rng, n, 0), make([]float32, n), normal(rng, n, 0)}
	adam := plan.AdamWConst{Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .1, DecayLen: n / 2}
	bytes("AdamW", 36*n, v.AdamW(p, adam,
		s[0], s[1], s[2], s[3:], x, []float32{1}, []float32{1e-4, 1, 1, 1e-3}))
	for _, a := range []AttentionShape{
		{8, 256, 384, 6}, {32, 256, 128, 1}, {128, 49, 64, 4}, {16, 64, 64, 4},
	} {
		qkv, g := normal(rng, a.N*a.T*3*a.C, 0), normal(rng, a.N*a.T*a.C, 0)
		out, d := make([]float32, len(g)), make([]float32, len(qkv))
		for name, j := range map[string]*Job{
			"Attention": v.Attention(p, a, out, qkv), "AttentionGrad": v.AttentionGrad(p, a, d, qkv, g),
		} {
			b.Run(fmt.Sprintf("%s %v", name, a), func(b *testing.B) {
				for b.Loop() {
					j.Do()
				}
				f := a.Flops()
				if name == "AttentionGrad" {
					f *= 2.5
				}
				b.ReportMetric(f*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
