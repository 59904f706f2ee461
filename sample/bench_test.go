package sample

import "testing"

// What a sampler adds to an evaluation of the field: bytes of points, memory and
// field read and written. 64 CIFAR images of 3072 numbers, 20 updates.
func BenchmarkRun(b *testing.B) {
	const dim, updates = 3072, 20
	p := method(b, "eqm")
	for _, sampler := range []string{"gd", "nag", "heun"} {
		b.Run(sampler, func(b *testing.B) {
			s := with(func(s *Spec) { s.Sampler, s.Steps, s.Count = sampler, updates, Exact })
			evaluations := 0
			for b.Loop() {
				evaluations = 0
				run(b, func(dst, x []float32, n int) error {
					evaluations += n
					return nil // the field costs nothing and is 0
				}, p, dim, s)
			}
			each := b.Elapsed().Seconds() / float64(b.N) / float64(evaluations*dim)
			b.ReportMetric(each*1e9, "ns/coordinate")
		})
	}
}
