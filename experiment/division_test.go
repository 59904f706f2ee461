package experiment

import (
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// Rows, parts and leaves of a batch of 48 on so many processes: with leaves, a part does not
// depend on how many there are; without, no part is larger than was asked for.
func TestDivision(t *testing.T) {
	for _, tt := range []struct {
		d          Division
		accumulate int
		want       rows
		fault      string
	}{
		{Division{}, 1, rows{48, 48, 1}, ""},
		{Division{}, 3, rows{48, 16, 1}, ""},
		{Division{Ranks: 4}, 1, rows{12, 12, 1}, ""},
		{Division{Ranks: 4}, 6, rows{12, 6, 1}, ""},
		{Division{Ranks: 16}, 6, rows{3, 3, 1}, ""},
		{Division{Ranks: 2}, 48, rows{24, 1, 1}, ""},
		{Division{Leaves: 8}, 1, rows{48, 6, 8}, ""},
		{Division{Ranks: 4, Leaves: 8}, 1, rows{12, 6, 2}, ""},
		{Division{Ranks: 8, Leaves: 8}, 12, rows{6, 3, 1}, ""},
		{Division{Leaves: 8}, 12, rows{48, 3, 8}, ""},
		{Division{Ranks: 5}, 1, rows{},
			"experiment: batch: got 48 samples, want a multiple of the 5 processes"},
		{Division{Ranks: 3, Leaves: 8}, 1, rows{},
			"experiment: leaves: got 8, want a multiple of 3 processes that divides 48"},
		{Division{Leaves: 32}, 1, rows{}, "experiment: leaves: got 32, want a multiple of 1 processes that " +
			"divides 48"},
	} {
		got, err := tt.d.rows(48, tt.accumulate)
		if text := ""; err != nil {
			if text = err.Error(); text != tt.fault {
				t.Errorf("%+v: error %q, want %q", tt.d, text, tt.fault)
			}
		} else if got != tt.want || tt.fault != "" {
			t.Errorf("%+v in %d parts: %+v, want %+v %s", tt.d, tt.accumulate, got, tt.want, tt.fault)
		}
	}
}

// Most of the gradient of a step is whole, and can be summed, before the last of it is computed,
// also where a process has several leaves.
func TestGradientIsWholeEarly(t *testing.T) {
	c := parse(t, "reduce=exact", "batch=16", "model={kind: mlp, width: 64, depth: 4}")
	src, err := c.OpenData()
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(c, src.Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Divide(2); err != nil {
		t.Fatal(err)
	}
	p, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for s, st := range p.Steps {
		if st.Op.Kind != plan.AllSum {
			continue
		}
		flops, early := 0.0, 0
		for k := range s {
			flops += p.FLOPs(k)
		}
		for _, b := range p.Buckets(s, 1024) {
			after := 0.0
			for k := b.After + 1; k < s; k++ {
				after += p.FLOPs(k)
			}
			if after > .03*flops {
				early += b.Len
			}
		}
		if size := p.Values[st.In[0]].Size; early < size/2 {
			t.Errorf("%d of %d numbers are whole while the device has more than 3 %% of the work left, "+
				"want half", early, size)
		}
		return
	}
	t.Error("the step has no AllSum")
}
