package train

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// ordered is a CPU that says it adds in another order.
type ordered struct {
	*cpu.Device
	order string
}

func (d ordered) Order(plan.Precision) string { return d.order }

// A run goes on where products are added in another order, and says so, once; where the order is the same, or
// nobody says what it is, there is nothing to say. The checkpoint keeps the order.
func TestOrder(t *testing.T) {
	dir := t.TempDir()
	var told [][2]string
	hooks := Hooks{Order: func(was, is string) { told = append(told, [2]string{was, is}) }}
	for k, order := range []string{"", "even-odd", "even-odd", "pairwise", ""} {
		c := parse(t, "precision=bf16", "steps="+string(rune('2'+k)), "optimizer.schedule=constant")
		r, err := Run(t.Context(), dir, c, source(t, c), ordered{device(t, 1), order}, hooks)
		if err != nil {
			t.Fatal(err)
		}
		ck, err := run.Load(r.Checkpoint)
		if err != nil || ck.Order != order {
			t.Errorf("the checkpoint says %q, want %q (%v)", ck.Order, order, err)
		}
	}
	if want := [][2]string{{"even-odd", "pairwise"}}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
}

// The CPU names the class of its form at precision bf16, and no order in float32.
func TestOrderOfCPU(t *testing.T) {
	for _, f := range bf16.Forms() {
		d, err := cpu.New(cpu.Options{Workers: 1, Form: f})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if got := plan.OrderOf(d, plan.BFloat16); got != string(f.Class()) {
			t.Errorf("%v: order %q, want %q", f, got, f.Class())
		}
		if got := plan.OrderOf(d, plan.Float32); got != "" {
			t.Errorf("%v: order %q in float32, want none", f, got)
		}
	}
	// A device that is asked for no form has the best.
	d := device(t, 1)
	if got, want := plan.OrderOf(d, plan.BFloat16), string(bf16.Best().Class()); got != want {
		t.Errorf("order %q, want %q, that of %v", got, want, bf16.Best())
	}
}
