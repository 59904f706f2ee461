package train

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/plan/reference"
)

// aRun is a run of c at its start, loaded on the CPU.
func aRun(t testing.TB, c *experiment.Config) *trainer {
	t.Helper()
	r := &trainer{group: comm.Solo(), dir: t.TempDir(), c: c, src: source(t, c)}
	var err error
	if r.e, err = experiment.New(c, r.src.Info().Shape); err != nil {
		t.Fatal(err)
	}
	r.c = r.e.Config
	if err := r.restore(); err != nil {
		t.Fatal(err)
	}
	if err := r.load(t.Context(), device(t, 2)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.prog.Close() })
	return r
}

// lossAtStart is L of step s with f = 0, which is what every network starts as,
// in float64 from the definition, and Σ|terms| for a tolerance.
func lossAtStart(c *experiment.Config, p *field.Process, b *datasets.Batch) float64 {
	dim := len(b.X) / c.Batch
	base := plan.Uniform
	if p.Prior.Base == field.NormalBase {
		base = plan.Normal
	}
	var sum float64
	for i := range c.Batch {
		sample := b.First + uint64(i)
		t := p.Prior.Quantile.Eval(reference.Draw(base, c.Seed, sample, philox.Level, 0))
		cx, de, w := p.Target.C.Eval(t), p.Target.D.Eval(t), p.Prior.Weight.Eval(t)
		for k := range dim {
			eps := reference.Draw(plan.Normal, c.Seed, sample, philox.Noise, k)
			r := cx*float64(b.X[i*dim+k]) + de*eps
			sum += w * r * r
		}
	}
	return sum / float64(c.Batch*dim)
}

// The first loss of every named process is that of its definition: the right
// noise level, noise, target and weight for the right sample, wherever in the
// data the run begins. Terms are positive, so the float32 sum is within its
// roundings of the truth; noise levels in the tail of a normal are the worst of
// them, some 100 units.
func TestFirstLoss(t *testing.T) {
	for _, m := range field.Processes.Entries {
		for _, at := range []int{0, 3, 1 << 25} {
			t.Run(fmt.Sprintf("%s/%d", m.Name, at), func(t *testing.T) {
				c := parse(t, "seed=11", "optimizer.clip=0")
				c.Field, c.Sample.Sampler = m.Make, "euler" // which every process allows
				r := aRun(t, c)
				loader, err := r.loader(t.Context(), at)
				if err != nil {
					t.Fatal(err)
				}
				defer loader.Close()
				batch, err := loader.Next()
				if err != nil {
					t.Fatal(err)
				}
				if err := r.take(batch); err != nil {
					t.Fatal(err)
				}
				if err := r.look(); err != nil {
					t.Fatal(err)
				}
				want := lossAtStart(r.c, r.e.Process, batch)
				got := float64(r.log[plan.ClipLoss(0)])
				if tol := 100 * 0x1p-24 * want; !(math.Abs(got-want) <= tol) {
					t.Errorf("got %v, want %v ± %.1g", got, want, tol)
				}
				if uint64(at)*8 != batch.First {
					t.Errorf("the batch begins at sample %d", batch.First)
				}
			})
		}
	}
}
