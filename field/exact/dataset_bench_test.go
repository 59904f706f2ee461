//go:build unix

package exact

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
)

// clothes is the training data of Fashion-MNIST, where they are installed.
func clothes(b *testing.B) Mixture {
	src, err := datasets.Open(choice.Choice{Kind: "fashion-mnist"})
	if err != nil {
		b.Skip(err)
	}
	m := Mixture{Points: make([][]float64, src.Info().Count)}
	row := make([]float32, src.Info().Shape.Len())
	for i := range m.Points {
		if _, err := src.Read(row, i); err != nil {
			b.Fatal(err)
		}
		for _, v := range row {
			m.Points[i] = append(m.Points[i], float64(v))
		}
	}
	return m
}

// noisy is n data at time t.
func noisy(p *field.Process, m Mixture, t float64, n int) [][]float64 {
	r, k := rand.New(rand.NewPCG(7, 7)), p.At(t)
	points := make([][]float64, n)
	for i := range points {
		points[i] = normalVector(r, m.Dim(), k.B)
		addScaled(points[i], k.A, m.Points[(i*7919)%len(m.Points)])
	}
	return points
}

// processor is the time in seconds that all cores together spend on f: others' work is not in it.
func processor(f func()) float64 {
	used := func() float64 {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			panic(err)
		}
		return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
	}
	begin := used()
	f()
	return used() - begin
}

// The exact field of 60,000 data in 784 dimensions beside the product of the points with the
// data: in float64 as it is made here, and in float32 by package cpu/kernels, all in processor
// time, one core's.
func BenchmarkDataset(b *testing.B) {
	m := clothes(b)
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.98))
	d, err := NewDataset(p, m)
	if err != nil {
		b.Fatal(err)
	}
	const n = datasetBlock
	block := d.newBlock(n, 1)
	dst := make([][]float64, n)
	e, err := kernels.New(kernels.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	k, dim := len(m.Points), m.Dim()
	rows, c := make([]float32, (n+k)*dim), make([]float32, n*k)
	single := kernels.Gemm{M: n, N: k, K: dim, A: rows, RowA: dim, ColA: 1, B: rows[n*dim:], RowB: 1,
		ColB: dim, C: c, RowC: k}
	e.Reserve(e.GemmWorkspace(&single))
	for _, t := range []float64{.1, .5, .9} {
		b.Run(fmt.Sprintf("t=%g", t), func(b *testing.B) {
			points := noisy(p, m, t, n)
			var fields, double, float float64
			for b.Loop() {
				fields += processor(func() { err = d.Fields(dst, points, 0) })
				double += processor(func() { d.distances(block, 0) })
				float += processor(func() { e.Gemm(&single) })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(1e3*fields/float64(b.N)/n, "ms/point")
			b.ReportMetric(100*double/fields, "%-of-float64-product")
			b.ReportMetric(100*float/fields, "%-of-float32-product")
			b.ReportMetric(2e-9*n*float64(k*dim*b.N)/double, "float64-GFLOP/s")
			b.ReportMetric(2e-9*n*float64(k*dim*b.N)/float, "float32-GFLOP/s")
		})
	}
}

// The field at 10⁵ points, at every noise level, of 1,000 data in 64 dimensions.
func BenchmarkManyPoints(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	m := Mixture{}
	for range 1000 {
		m.Points = append(m.Points, normalVector(r, 64, 1))
	}
	s := field.Linear()
	p := field.NewProcess(s, field.Velocity(s), field.Uniform(0.001, 0.98))
	d, err := NewDataset(p, m)
	if err != nil {
		b.Fatal(err)
	}
	var points [][]float64
	for i := range 100 {
		points = append(points, noisy(p, m, 0.005+0.0097*float64(i), 1000)...)
	}
	dst := make([][]float64, len(points))
	var spent float64
	for b.Loop() {
		spent += processor(func() { err = d.Fields(dst, points, 0) })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(spent/float64(b.N), "processor-s")
	b.ReportMetric(1e6*spent/float64(b.N*len(points)), "µs/point")
}
