package sample

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"pgregory.net/rapid"
)

// labelled is waves, stretched by the label a point has: in a graph and on the host.
func labelled(dim int) (model.Trained, Eval) {
	f, eval := waves(dim)
	inGraph := func(b *graph.Builder, in model.Inputs) graph.Node {
		u := in.U
		return b.Add(f.Field(b, in), b.Scale(0.1, b.Mul(b.SpreadColumn(in.Label, u.Shape()...), u)))
	}
	return model.Trained{Field: inGraph, Label: true}, func(f []float64, q Query) error {
		err := eval(f, q)
		for i := range f {
			f[i] += 0.1 * q.Label[i/dim] * q.Y[i]
		}
		return err
	}
}

// anySpec draws settings that leave points of fm to end at different stages, or at the
// same.
func anySpec(t *rapid.T) Spec {
	return with(func(s *Spec) {
		s.Sampler = rapid.SampledFrom(Samplers.Names()).Draw(t, "sampler")
		s.N, s.Batch = rapid.IntRange(1, 24).Draw(t, "n"), rapid.IntRange(1, 9).Draw(t, "batch")
		s.Steps, s.Eta, s.Seed = rapid.IntRange(3, 12).Draw(t, "steps"), 0.05, rapid.Uint64().Draw(t, "seed")
		s.Label = rapid.SampledFrom([][]int{nil, {0}, {2, 0, -1}}).Draw(t, "label")
		if m, _ := find(s.Sampler); !m.Clock || s.Sampler == "overtime" {
			s.Stop = rapid.SampledFrom([]float64{0, 1, 1.4, 1.8, 1e30}).Draw(t, "stop")
		}
		if s.Sampler == "rk45" {
			s.Steps, s.End = 1000, 0.01
		}
	})
}

// A sample has the same bits alone and in any batch, whichever points leave beside it and
// whichever take their slots, on the host and on a device: there is one function of
// (field, settings, seed, number).
func TestSlotsAreFilledWithoutATrace(t *testing.T) {
	const dim = 3
	f, eval := labelled(dim)
	p := method(t, "fm")
	for name, x := range map[string]Executor{"host": seer(OnHost(eval, dim)), "cpu": compiled(t, f, dim)} {
		ended, replaced := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			s := anySpec(t)
			if err := s.Fits(p); err != nil {
				t.Skip(err)
			}
			got, err := Run(context.Background(), x, p, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			i := rapid.IntRange(0, s.N-1).Draw(t, "sample")
			alone := keepers(s.N, dim)
			if _, err := Draw(context.Background(), x, p, s, &only{alone, i}, nil); err != nil {
				t.Fatal(err)
			}
			a, b := got.X[i*dim:(i+1)*dim], alone.X[i*dim:(i+1)*dim]
			for e := range a {
				if math.Float32bits(a[e]) != math.Float32bits(b[e]) {
					t.Fatalf("%s: sample %d is %v beside others and %v alone", name, i, a, b)
				}
			}
			if got.NFE[i] != alone.NFE[i] {
				t.Fatalf("%s: sample %d takes %d evaluations beside others and %d alone", name, i, got.NFE[i],
					alone.NFE[i])
			}
			if slices.Min(got.NFE) < slices.Max(got.NFE) && s.N > s.Batch {
				replaced++
			}
			ended += got.Stopped
		})
		if ended == 0 || replaced == 0 {
			t.Errorf("%s: %d points ended early, in %d draws slots were filled one by one", name, ended,
				replaced)
		}
	}
}

// only is the sink of one sample.
type only struct {
	*inMemory
	number int // −1 once it has been asked for
}

func (o *only) Len() int { return 1 }

func (o *only) Next() (i int, ok bool) {
	i, o.number = o.number, -1
	return i, i >= 0
}

// As long as a sample waits no slot is empty: then batches hold their most, and in all
// there are fewer evaluations than in batches that wait for their slowest.
func TestBatchStaysFull(t *testing.T) {
	const dim, n, batch = 3, 61, 8
	f, eval := waves(dim)
	s := with(func(s *Spec) {
		s.N, s.Batch, s.Steps, s.Eta, s.Stop = n, batch, 60, 0.05, 0.9
	})
	p := method(t, "eqm")
	for name, x := range map[string]Executor{"host": seer(OnHost(eval, dim)), "cpu": compiled(t, f, dim)} {
		sink := &waiting{inMemory: keepers(n, dim)}
		last := Progress{}
		done, err := Draw(t.Context(), x, p, s, sink, func(at Progress) {
			if ran := at.Rows - last.Rows; last.Rows > 0 && sink.waited && ran != 0 && ran != batch {
				t.Errorf("%s: a stage of %d rows while samples wait", name, ran)
			}
			sink.waited, last = sink.next < n, at
		})
		if err != nil {
			t.Fatal(err)
		}
		total, slowest := 0, 0
		for first := 0; first < n; first += batch {
			part := sink.NFE[first:min(first+batch, n)]
			slowest += len(part) * slices.Max(part)
			for _, nfe := range part {
				total += nfe
			}
		}
		if done.Samples != n || done.Evaluations != total || done.Bound != total || last != done {
			t.Errorf("%s: %+v, want %d samples and %d evaluations; the last that was told is %+v", name, done,
				n, total, last)
		}
		if done.Rows < total || done.Rows >= slowest {
			t.Errorf("%s: %d rows for %d evaluations; batches that wait take %d", name, done.Rows, total,
				slowest)
		}
	}
}

// waiting notes whether samples waited when a stage began.
type waiting struct {
	*inMemory
	waited bool
}
