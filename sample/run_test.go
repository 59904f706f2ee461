package sample

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/plan/philox"
	"pgregory.net/rapid"
)

const u32 = 0x1p-24 // unit roundoff of float32

func method(t testing.TB, name string) *field.Process {
	t.Helper()
	spec, err := field.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Process()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// norm is ‖f‖.
func norm(f []float32) float64 {
	var sum float64
	for _, v := range f {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// single is a field in float32 that is told nothing but the points.
type single = func(dst, x []float32, n int) error

func run(t testing.TB, f single, p *field.Process, dim int, s Spec) *Result {
	t.Helper()
	h := OnHost(Single(f), dim)
	h.ReadBy(ofPoint{})
	r, err := Run(context.Background(), h, p, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// well is f(u) = u, whose descent is u_k = (1−η)^k u_0.
func well(dst, x []float32, n int) error {
	copy(dst, x)
	return nil
}

// rows is a field with no closed form whose coordinates depend on each other but
// whose points do not.
func rows(dst, x []float32, n int) error {
	dim := len(x) / n
	for i := range n {
		y, f := x[i*dim:(i+1)*dim], dst[i*dim:(i+1)*dim]
		for d := range y {
			f[d] = float32(math.Sin(float64(y[d]))) + 0.3*y[(d+1)%dim]
		}
	}
	return nil
}

// start is the noise point i starts from, before it is scaled.
func start(seed uint64, i, dim int) []float32 {
	z := make([]float32, dim)
	philox.Normals(z, seed, uint64(i), philox.Start)
	return z
}

// Sample i has the same bits whatever is drawn beside it, with points finishing
// at different steps and, for the samplers with a clock, none finishing.
func TestSampleDependsOnItsNumberAlone(t *testing.T) {
	for _, tt := range []struct {
		sampler string
		stop    float64
		process string
	}{
		{"gd", 0, "eqm"}, {"gd", 0.5, "eqm"}, {"nag", 0.5, "eqm"}, {"nag", 0, "fm"},
		{"euler", 0, "fm"}, {"heun", 0, "fm"}, {"ddim", 0, "ddpm"}, {"heun", 0, "edm"},
		{"midpoint", 0, "edm"},
	} {
		p := method(t, tt.process)
		base := with(func(s *Spec) {
			s.Sampler, s.N, s.Seed, s.Steps, s.Eta, s.Stop = tt.sampler, 70, 5, 40, 0.05, tt.stop
			s.Batch = 64
		})
		const dim = 7
		want := run(t, rows, p, dim, base)
		if tt.stop > 0 && (want.Stopped == 0 || want.Stopped == base.N) {
			t.Fatalf("%s: %d of %d points stopped; the test needs both kinds", tt.sampler, want.Stopped,
				base.N)
		}
		for _, batch := range []int{1, 7, 63, 70, 1000} {
			s := base
			s.Batch = batch
			same(t, tt.sampler, run(t, rows, p, dim, s), want, s.N)
		}
		fewer := base
		fewer.N = 9
		same(t, tt.sampler+" of fewer", run(t, rows, p, dim, fewer), want, 9)
		// What a result says it was made with makes it again.
		same(t, tt.sampler+" again", run(t, rows, p, dim, want.Spec), want, base.N)
	}
}

func same(t *testing.T, name string, got, want *Result, n int) {
	t.Helper()
	for i := range n * want.Dim {
		if math.Float32bits(got.X[i]) != math.Float32bits(want.X[i]) {
			t.Fatalf("%s, batch %d: sample %d differs: %v and %v",
				name, got.Spec.Batch, i/want.Dim, got.X[i], want.X[i])
		}
	}
	if !slices.Equal(got.NFE[:n], want.NFE[:n]) {
		t.Fatalf("%s, batch %d: evaluations %v, want %v", name, got.Spec.Batch, got.NFE[:n], want.NFE[:n])
	}
}

// A point that has finished is where it was when its field was found small, the
// rest of its path cut off, and is never evaluated again.
func TestStop(t *testing.T) {
	p := method(t, "eqm")
	for _, sampler := range []string{"gd", "nag"} {
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Eta, s.Stop = sampler, 40, 16, 0.02, 0.3 })
		const dim = 3
		asked := 0
		r := run(t, func(dst, x []float32, n int) error {
			asked += n
			return rows(dst, x, n)
		}, p, dim, s)
		total := 0
		f := make([]float32, dim)
		for i, nfe := range r.NFE {
			total += nfe
			one := s
			one.Stop, one.Count, one.Steps, one.N = 0, Exact, max(nfe-1, 1), i+1
			x := r.X[i*dim : (i+1)*dim]
			if err := rows(f, x, 1); err != nil {
				t.Fatal(err)
			}
			if nfe < s.updates() && !(norm(f) < s.Stop) {
				t.Errorf("%s: sample %d finished after %d evaluations with ‖f‖ = %v, want < %v",
					sampler, i, nfe, norm(f), s.Stop)
			}
			if sampler == "gd" && nfe > 1 && nfe < s.updates() {
				free := run(t, rows, p, dim, one)
				if !slices.Equal(free.X[i*dim:], x) {
					t.Errorf("sample %d finished at %v, its path without a stop is at %v", i, x,
						free.X[i*dim:])
				}
			}
		}
		if total != asked {
			t.Errorf("%s: the field was asked for %d points, the samples count %d", sampler, asked, total)
		}
		if r.Stopped == 0 {
			t.Errorf("%s: no point stopped", sampler)
		}
		if want := float64(total) / float64(s.N); r.MeanNFE() != want || r.MaxNFE() != slices.Max(r.NFE) {
			t.Errorf("%s: mean %v, max %d; want %v, %d", sampler, r.MeanNFE(), r.MaxNFE(), want,
				slices.Max(r.NFE))
		}
	}
}

// A process decides how strong the noise is that a point starts from.
func TestStart(t *testing.T) {
	still := func(dst, x []float32, n int) error { clear(dst); return nil }
	for _, tt := range []struct {
		process, sampler string
		start, scale     float64
	}{
		{"eqm", "gd", 0, 1}, {"eqm", "gd", 0.25, 0.25}, {"fm", "euler", 0, 1},
		{"ddpm", "gd", 0, math.Sqrt(1 - math.Exp(-10.05))},
	} {
		s := with(func(s *Spec) { s.Sampler, s.Start, s.Seed, s.N = tt.sampler, tt.start, 3, 5 })
		const dim = 6
		r := run(t, still, method(t, tt.process), dim, s)
		for i := range s.N {
			for d, z := range start(3, i, dim) {
				want := tt.scale * float64(z)
				if got := float64(r.X[i*dim+d]); math.Abs(got-want) > 2*u32*math.Abs(want) {
					t.Fatalf("%s from %v: sample %d starts at %v, want %v", tt.process, tt.start, i, got,
						want)
				}
			}
		}
	}
	// EDM starts at σ = 80; the first point its field sees says so.
	s := with(func(s *Spec) { s.Sampler, s.N = "euler", 1 })
	var first []float32
	run(t, func(dst, x []float32, n int) error {
		if first == nil {
			first = slices.Clone(x)
		}
		clear(dst)
		return nil
	}, method(t, "edm"), 2, s)
	if z := start(0, 0, 2); first[0] != float32(80*float64(z[0])) {
		t.Errorf("EDM starts at %v, want 80·%v", first[0], z[0])
	}
}

// A batch under way allocates nothing, even as points leave it.
func TestBatchAllocatesNothing(t *testing.T) {
	p := method(t, "eqm")
	s := with(func(s *Spec) { s.N, s.Steps, s.Eta, s.Stop = 32, 40, 0.05, 0.5 })
	c, err := s.course(p)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newBatch(OnHost(Single(rows), 5), c, s.Seed, 8)
	if err != nil {
		t.Fatal(err)
	}
	m := keepers(s.N, 5)
	w.progress, w.sink = func(Progress) {}, m
	ctx := context.Background()
	if n := testing.AllocsPerRun(5, func() {
		m.next = 0
		if err := w.run(ctx); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a draw allocates %v times", n)
	}
	if m.Stopped == 0 {
		t.Error("no point left the batch")
	}
}

// done counts up, bound counts down as points finish early, and they meet.
func TestProgress(t *testing.T) {
	for _, sampler := range []string{"gd", "heun"} {
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = sampler, 20, 8, 50, 0.05 })
		if sampler == "gd" {
			s.Stop = 0.4
		}
		calls, lastDone, lastBound := 0, 0, math.MaxInt
		r, err := Run(context.Background(), OnHost(Single(rows), 4), method(t, "fm"), s,
			func(done, bound int) {
				calls++
				if done <= lastDone || bound > lastBound || done > bound {
					t.Fatalf("%s: progress from %d of %d to %d of %d", sampler, lastDone, lastBound, done,
						bound)
				}
				lastDone, lastBound = done, bound
			})
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, n := range r.NFE {
			total += n
		}
		if calls == 0 || lastDone != total || lastBound != total {
			t.Errorf("%s: %d calls end at %d of %d, want %d", sampler, calls, lastDone, lastBound, total)
		}
	}
}

// Any Spec that Check accepts runs, or is refused with an error; none panics.
func TestAnySpec(t *testing.T) {
	var procs []*field.Process
	for _, m := range field.Processes.Entries {
		procs = append(procs, method(t, m.Name))
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Just(0.), rapid.Float64Range(0, 2), rapid.Float64())
		s := Spec{
			Sampler: rapid.SampledFrom(Samplers.Names()).Draw(t, "sampler"),
			N:       rapid.IntRange(-1, 9).Draw(t, "n"),
			Steps:   rapid.IntRange(0, 9).Draw(t, "steps"), Batch: rapid.IntRange(0, 5).Draw(t, "batch"),
			Eta: number.Draw(t, "eta"), Mu: number.Draw(t, "mu"), Stop: number.Draw(t, "stop"),
			Count: rapid.SampledFrom([]string{Official, Exact, ""}).Draw(t, "count"),
			Start: number.Draw(t, "start"), End: number.Draw(t, "end"),
			Grid: rapid.SampledFrom([]string{Auto, Uniform, Karras}).Draw(t, "grid"),
		}
		p := rapid.SampledFrom(procs).Draw(t, "process")
		s.Clean = rapid.Bool().Draw(t, "clean")
		r, err := Run(context.Background(), OnHost(Single(rows), 2), p, s, nil)
		if bad := len(s.Check()) > 0; bad && err == nil {
			t.Fatalf("%+v ran with faults %v", s, s.Check())
		}
		if err == nil && len(r.X) != 2*s.N {
			t.Fatalf("%d numbers for %d points", len(r.X), s.N)
		}
	})
}
