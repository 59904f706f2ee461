package sample

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

// fragile is an executor, one of whose methods fails.
type fragile struct {
	*Host
	broken string
}

var errLost = errors.New("device lost")

func (f fragile) fail(method string) error {
	if f.broken == method {
		return errLost
	}
	return nil
}

func (f fragile) Reserve(form Form, n int) error {
	return errors.Join(f.fail("Reserve"), f.Host.Reserve(form, n))
}

func (f fragile) Begin(u []float64) error {
	return errors.Join(f.fail("Begin"), f.Host.Begin(u))
}

func (f fragile) Norms(norms []float64) error {
	return errors.Join(f.fail("Norms"), f.Host.Norms(norms))
}

func (f fragile) Asked(y []float32, points []int) error {
	return errors.Join(f.fail("Asked"), f.Host.Asked(y, points))
}

func (f fragile) Keep(points []int) error {
	return errors.Join(f.fail("Keep"), f.Host.Keep(points))
}

func (f fragile) Refill(points []int, u []float64) error {
	return errors.Join(f.fail("Refill"), f.Host.Refill(points, u))
}

func (f fragile) Points(u []float32, points []int) error {
	return errors.Join(f.fail("Points"), f.Host.Points(u, points))
}

// What an executor cannot do is said with the step and the samples.
func TestExecutorFails(t *testing.T) {
	const dim = 3
	p := method(t, "eqm")
	for _, stop := range []float64{0, 0.5} {
		s := with(func(s *Spec) { s.N, s.Batch, s.Steps, s.Eta, s.Stop = 20, 8, 40, 0.05, stop })
		want := run(t, rows, p, dim, s)
		for broken, wants := range map[string]string{
			"": "", "Reserve": "device lost", "Begin": "the start of sample 0 and 7 beside it: ",
			"Norms": "step 1 of sample 0 and 7 beside it: ", "Points": "step ", "Asked": "step ",
			"Refill": "the start of sample 8 and 7 beside it: ",
			"Keep":   "the start of sample 16 and 3 beside it: ",
		} {
			if stop > 0 && (broken == "Refill" || broken == "Keep") {
				wants = "step "
			}
			if broken == "Asked" && stop == 0 {
				wants = ""
			}
			x := fragile{OnHost(Single(rows), dim), broken}
			r, err := Run(context.Background(), x, p, s, nil)
			switch {
			case wants == "" && err != nil:
				t.Errorf("stop %v, %q broken: %v", stop, broken, err)
			case wants == "":
				same(t, "an executor", r, want, s.N)
			case !errors.Is(err, errLost) || !strings.HasPrefix(err.Error(), "sample: Draw: "+wants) ||
				!strings.HasSuffix(err.Error(), "device lost"):
				t.Errorf("stop %v, %s broken: %v", stop, broken, err)
			}
		}
	}
}

// ahead is an executor that works on its own for 16 stages.
type ahead struct{ *Host }

func (ahead) Ahead() int { return 16 }

// Where nothing stops, an executor that works ahead is looked at at every 16th
// stage and the last; a number that is not finite stays so and is found there.
func TestLooksAhead(t *testing.T) {
	for _, tt := range []struct {
		call int
		want string
	}{{3, "step 16 of sample 1: ‖f‖ = NaN"},
		{17, "step 20 of sample 1: ‖f‖ = NaN"}} {
		k := 0
		f := func(dst, x []float32, n int) error {
			copy(dst, x)
			if k++; k == tt.call {
				dst[3] = float32(math.Inf(1))
			}
			return nil
		}
		s := with(func(s *Spec) { s.N, s.Steps, s.Count = 2, 20, Exact })
		_, err := Run(context.Background(), ahead{OnHost(Single(f), 2)}, method(t, "eqm"), s, nil)
		if !errors.Is(err, ErrNotFinite) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}
