package cpu

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// Ceilings are rates, the nearer the faster, of levels that hold more and more.
func TestCeilings(t *testing.T) {
	d, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, p := range []plan.Precision{plan.Float32, plan.BFloat16} {
		c, err := d.Ceilings(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if !(c.Vector > 0 && c.Products >= c.Vector && c.Products < math.Inf(1)) {
			t.Errorf("%v: %v FLOP/s of products and %v of all else", p, c.Products, c.Vector)
		}
		for i, l := range c.Levels {
			last := i == len(c.Levels)-1
			if !(l.Rate > 0 && l.Rate < math.Inf(1)) || last != (l.Bytes == 0) {
				t.Errorf("%v: %+v", p, l)
			}
			if i > 0 && (l.Rate > c.Levels[i-1].Rate || !last && l.Bytes <= c.Levels[i-1].Bytes) {
				t.Errorf("%v: %+v behind %+v", p, l, c.Levels[i-1])
			}
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Ceilings(ended, plan.Float32); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: got %v, want %v", err, context.Canceled)
	}
}
