package sample

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// What goes wrong in a run is said with the step and the samples.
func TestRunFails(t *testing.T) {
	broken := errors.New("device lost")
	bad := func(v float32, call, row int) single {
		k := 0
		return func(dst, x []float32, n int) error {
			if err := rows(dst, x, n); err != nil {
				return err
			}
			if k++; k == call {
				dst[row*(len(x)/n)+1] = v
			}
			return nil
		}
	}
	k := 0
	dies := func(dst, x []float32, n int) error {
		if k++; k == 3 {
			return broken
		}
		return well(dst, x, n)
	}
	huge := func(dst, x []float32, n int) error {
		for i := range dst {
			dst[i] = math.MaxFloat32
		}
		return nil
	}
	for _, tt := range []struct {
		name   string
		f      single
		change func(s *Spec)
		cause  error
		want   string
	}{
		{"nan", bad(float32(math.NaN()), 7, 2), func(s *Spec) {}, ErrNotFinite,
			"step 7 of sample 2: ‖f‖ = NaN"},
		{"infinite in the second batch", bad(float32(math.Inf(-1)), 12, 1), func(s *Spec) {}, ErrNotFinite,
			"step 3 of sample 5: ‖f‖ = +Inf"},
		{"with a clock", bad(float32(math.NaN()), 6, 0), func(s *Spec) { s.Sampler = "heun" }, ErrNotFinite,
			"step 3, t = 0.7, of sample 0: ‖f‖ = NaN"},
		{"field", dies, func(s *Spec) {}, broken, "step 3 of sample 0 and 3 beside it: device lost"},
		{"overflow", huge, func(s *Spec) { s.Eta = 0.2 }, ErrNotFinite,
			"step 9 of sample 0: it ends with x[0] = -Inf"},
	} {
		s := with(func(s *Spec) { s.N, s.Batch, s.Steps = 6, 4, 10 })
		tt.change(&s)
		_, err := Run(context.Background(), OnHost(Single(tt.f), 2), method(t, "fm"), s, nil)
		if err == nil || !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// The end of the context leaves samples that are finished, with the bits of a run that
// was not stopped.
func TestRunEndsWithItsContext(t *testing.T) {
	s := with(func(s *Spec) { s.N, s.Batch, s.Steps, s.Stop = 10, 4, 6, 0.2 })
	const each = 5 // evaluations of a path
	whole, err := Run(context.Background(), OnHost(Single(rows), 2), method(t, "eqm"), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if whole.Stopped == 0 || whole.Stopped == s.N {
		t.Fatalf("%d of %d stopped; the test needs both kinds", whole.Stopped, s.N)
	}
	last := 0 // samples kept
	for at := 1; last < 8; at++ {
		ctx, cancel := context.WithCancel(context.Background())
		asked := 0
		r, err := Run(ctx, OnHost(Single(func(dst, x []float32, n int) error {
			if asked++; asked == at {
				cancel()
			}
			return rows(dst, x, n)
		}), 2), method(t, "eqm"), s, nil)
		cancel()
		if !errors.Is(err, context.Canceled) || r == nil || asked != at {
			t.Fatalf("evaluation %d: %+v, %v, after %d", at, r, err, asked)
		}
		n := len(r.NFE)
		if n < last || n < (at-1)/each*s.Batch {
			t.Errorf("%d samples after evaluation %d, %d before", n, at, last)
		}
		last = n
		if !slices.Equal(r.X, whole.X[:2*n]) || !slices.Equal(r.NFE, whole.NFE[:n]) {
			t.Errorf("stopped at evaluation %d: other points", at)
		}
		if n == 0 {
			continue
		}
		fewer := s
		fewer.N = n
		f, err := Run(context.Background(), OnHost(Single(rows), 2), method(t, "eqm"), fewer, nil)
		if err != nil || f.Stopped != r.Stopped {
			t.Errorf("stopped at evaluation %d: %d points ended early, want %+v, %v", at, r.Stopped, f, err)
		}
	}
}
