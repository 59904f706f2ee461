package plantest

import (
	"context"
	"errors"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// lapse is a context that ends when it has been asked so often whether it has.
type lapse struct {
	context.Context
	left int
}

func (l *lapse) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}

// loads ends the context of Load at every moment at which the device asks for it,
// which it must do at least once for each step of a plan; the reference, which has
// nothing to do for a step, asks once. What was loaded until then
// is given back, so the device can be closed, and it goes on to load the whole plan.
func loads(t *testing.T, d plan.Device, _ Options) {
	const steps = 5
	x := leaf("x", 4, 4)
	y := x
	for range steps {
		y = apply(plan.Op{Kind: plan.MatMul}, y, x)
	}
	p := compile(t, plan.Float32, plan.Root{Name: "y", Node: y})
	for asked := 0; ; asked++ {
		g, err := d.Load(&lapse{t.Context(), asked}, p)
		if err == nil {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
			want := steps
			if _, slow := g.(*reference.Program); slow {
				want = 1
			}
			if asked < want {
				t.Errorf("Load of %d steps asks %d times whether its context has ended, want at least %d",
					steps, asked, want)
			}
			return
		}
		if g != nil || !errors.Is(err, context.Canceled) {
			t.Fatalf("a context that ends when asked %d times: program %v, error %v", asked, g, err)
		}
	}
}
