//go:build unix

package distance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stillfield/stillfield/cpu/kernels"
)

// products multiplies x by y and does nothing else: tiles as distances take them, by all
// workers, of points that are in place.
func (c *Cores) products(b *testing.B, x, y Points) {
	strips := strips(x.N())
	err := c.each(context.Background(), len(strips), func(w *worker, item int) {
		s := strips[item]
		for p := range cut(0, y.N(), tileColumns) {
			n := p.to - p.from
			w.engine.Gemm(&kernels.Gemm{M: s.to - s.from, N: n, K: x.Dim, A: x.X[s.from*x.Dim:], RowA: x.Dim,
				ColA: 1, B: y.X[p.from*x.Dim:], RowB: 1, ColB: x.Dim, C: room(&w.c, (s.to-s.from)*n),
				RowC: n})
		}
	})
	if err != nil {
		b.Fatal(err)
	}
}

// spent are the seconds that f takes, and those of processors, on which others have no claim.
func spent(b *testing.B, f func()) (wall, processor float64) {
	processors := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
	}
	began, used := time.Now(), processors()
	f()
	return time.Since(began).Seconds(), processors() - used
}

// Each distance beside the products that it takes, on all cores: over-products is the processor
// time of the one over that of the others, cores how many were at work.
func BenchmarkDistances(b *testing.B) {
	c := cores(b, 0)
	ctx := context.Background()
	for _, size := range [][2]int{{10000, 64}, {4000, 784}, {3000, 2048}} {
		n, dim := size[0], size[1]
		r := rand.New(rand.NewPCG(1, 1))
		x, y := normals(r, n, dim, 0, 1), normals(r, n, dim, .1, 1)
		mmd := func(k Kernel) func() error {
			return func() error { _, err := c.KernelDistance(ctx, k, x, y); return err }
		}
		for _, d := range []struct {
			name     string
			products float64 // of n by n points
			compute  func() error
		}{
			{"KID", 2, mmd(Cubic(dim))},
			{"MMD", 2, mmd(Radial(10))},
			{"energy distance", 2, mmd(Distance())},
			{"precision and recall", 3, func() error { _, err := c.Manifolds(ctx, x, y, 5); return err }},
			{"1-NN", 4, func() error { _, err := c.TwoSample(ctx, x, y, 0); return err }},
		} {
			b.Run(fmt.Sprintf("%s/n=%d/dim=%d", d.name, n, dim), func(b *testing.B) {
				var wall, used, needed float64
				for b.Loop() {
					seconds, processor := spent(b, func() {
						if err := d.compute(); err != nil {
							b.Fatal(err)
						}
					})
					_, least := spent(b, func() { c.products(b, x, y) })
					wall, used, needed = wall+seconds, used+processor, needed+d.products*least
				}
				flop := 2 * float64(b.N) * d.products * float64(n) * float64(n) * float64(dim)
				b.ReportMetric(used/needed, "over-products")
				b.ReportMetric(used/wall, "cores")
				b.ReportMetric(1e-9*flop/wall, "GFLOP/s")
			})
		}
	}
}
