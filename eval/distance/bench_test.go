package distance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stillfield/stillfield/cpu/kernels"
)

// products multiplies x by y and does nothing else, as all workers can: tiles as distances
// take them, of points that are in place. It returns the seconds.
func (c *Cores) products(b *testing.B, x, y Points) float64 {
	began := time.Now()
	strips := strips(x.N(), 1)
	err := c.each(context.Background(), len(strips), func(w *worker, item int) {
		s := strips[item]
		for p := range cut(0, y.N(), tileColumns) {
			n := p[1] - p[0]
			w.engine.Gemm(&kernels.Gemm{M: s.to - s.from, N: n, K: x.Dim, A: x.X[s.from*x.Dim:], RowA: x.Dim,
				ColA: 1, B: y.X[p[0]*x.Dim:], RowB: 1, ColB: x.Dim, C: room(&w.c, (s.to-s.from)*n), RowC: n})
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began).Seconds()
}

// Each distance beside the products that it takes, on all cores: over-products is the time of
// the one over that of the others.
func BenchmarkDistances(b *testing.B) {
	c := cores(b, 0)
	ctx := context.Background()
	for _, size := range [][2]int{{10000, 64}, {10000, 784}, {5000, 2048}} {
		n, dim := size[0], size[1]
		r := rand.New(rand.NewPCG(1, 1))
		x, y := normals(r, n, dim, 0, 1), normals(r, n, dim, .1, 1)
		run := func(name string, products float64, f func() error) {
			b.Run(fmt.Sprintf("%s/n=%d/dim=%d", name, n, dim), func(b *testing.B) {
				var distances, needed float64
				for b.Loop() {
					began := time.Now()
					if err := f(); err != nil {
						b.Fatal(err)
					}
					distances += time.Since(began).Seconds()
					needed += products * c.products(b, x, y)
				}
				b.ReportMetric(distances/needed, "over-products")
				b.ReportMetric(2e-9*float64(b.N)*products*float64(n)*float64(n)*float64(dim)/distances,
					"GFLOP/s")
			})
		}
		for _, k := range []Kernel{Cubic(dim), Radial(10), Distance()} {
			run(k.name, 2, func() error { _, err := c.KernelDistance(ctx, k, x, y); return err })
		}
	}
}
