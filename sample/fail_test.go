package sample

import (
	"context"
	"errors"
	"math"
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

// The end of the context ends a run between two stages.
func TestRunEndsWithItsContext(t *testing.T) {
	s := with(func(s *Spec) { s.N, s.Batch, s.Steps, s.Stop = 10, 4, 6, 0.2 })
	for at := 1; at <= 10; at++ {
		ctx, cancel := context.WithCancel(context.Background())
		asked := 0
		r, err := Run(ctx, OnHost(Single(func(dst, x []float32, n int) error {
			if asked++; asked == at {
				cancel()
			}
			return rows(dst, x, n)
		}), 2), method(t, "eqm"), s, nil)
		cancel()
		if !errors.Is(err, context.Canceled) || r != nil || asked != at {
			t.Fatalf("evaluation %d: %+v, %v, after %d", at, r, err, asked)
		}
	}
}
