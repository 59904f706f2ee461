package sample

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// fragile is the Flow of a Field, one of whose methods fails.
type fragile struct {
	*points
	broken string
}

var errLost = errors.New("device lost")

func (f fragile) fail(method string) error {
	if f.broken == method {
		return errLost
	}
	return nil
}

func (f fragile) Begin(u []float64) error {
	return errors.Join(f.fail("Begin"), f.points.Begin(u))
}

func (f fragile) Norms(norms []float64) error {
	return errors.Join(f.fail("Norms"), f.points.Norms(norms))
}

func (f fragile) Looked(y []float32, points []int) error {
	return errors.Join(f.fail("Looked"), f.points.Looked(y, points))
}

func (f fragile) Keep(points []int) error {
	return errors.Join(f.fail("Keep"), f.points.Keep(points))
}

func (f fragile) Points(u []float32) error {
	return errors.Join(f.fail("Points"), f.points.Points(u))
}

// A flow is led as Run leads a field; what it cannot do is said with the step and
// the samples.
func TestFollow(t *testing.T) {
	const dim = 3
	p := method(t, "eqm")
	for _, stop := range []float64{0, 0.5} {
		s := with(func(s *Spec) { s.N, s.Batch, s.Steps, s.Eta, s.Stop = 20, 8, 40, 0.05, stop })
		want := run(t, rows, p, dim, s)
		for broken, wants := range map[string]bool{
			"": false, "Begin": true, "Norms": true, "Points": true, "Looked": stop > 0, "Keep": stop > 0,
		} {
			r, err := Follow(context.Background(), fragile{newPoints(rows, 8, dim), broken}, p, dim, s, nil)
			switch {
			case !wants && err != nil:
				t.Errorf("stop %v, %q broken: %v", stop, broken, err)
			case !wants:
				same(t, "a flow", r, want, s.N)
			case !errors.Is(err, errLost) || !strings.Contains(err.Error(), "sample: Run: step ") ||
				!strings.Contains(err.Error(), " of samples 0 to 7: device lost"):
				t.Errorf("stop %v, %s broken: %v", stop, broken, err)
			}
		}
	}
}

// Where nothing stops a flow is looked at at every 16th stage and the last; a
// number that is not finite stays so and is found there.
func TestFollowLooks(t *testing.T) {
	for _, tt := range []struct {
		call int
		want string
	}{{3, "step 16 of samples 0 to 1: sample 1: ‖f‖ = NaN"}, {17, "step 20 of samples 0 to 1: sample 1: ‖f‖ = NaN"}} {
		k := 0
		f := func(dst, x []float32, n int) error {
			copy(dst, x)
			if k++; k == tt.call {
				dst[3] = float32(math.Inf(1))
			}
			return nil
		}
		s := with(func(s *Spec) { s.N, s.Steps, s.Count = 2, 20, Exact })
		_, err := Follow(context.Background(), newPoints(f, 2, 2), method(t, "eqm"), 2, s, nil)
		if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}
