package geometry

import (
	"context"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/meter"
)

// reading has curves of two kinds, a gap in one of them, and values that a logarithmic axis would
// have no room for.
func reading() *meter.Reading {
	e := func(v float64) meter.Estimate { return meter.Estimate{Mean: v, SE: .01, N: 9} }
	whole := e(.5)
	return &meter.Reading{Meter: "gain", Title: "Gains", Over: "t", Text: "text", Label: "label",
		Curves: []meter.Curve{
			{Kind: "loss", Name: "a", At: []float64{.1, .2, .3}, Whole: &whole,
				Values: []meter.Estimate{e(1e-9), e(1), e(2)}},
			{Kind: "share", Name: "b", At: []float64{.2}, Values: []meter.Estimate{e(.5)}},
			{Kind: "loss", Name: "c", At: []float64{.1, .2, .3}, Law: true,
				Values: []meter.Estimate{{Mean: 3}, {Mean: 4}, {Mean: 5}}},
			{Kind: "share", Name: "none"},
		}}
}

// A reading is a table for people, one in all digits and a plot for each kind of curve.
func TestTrainedFigure(t *testing.T) {
	taken := ""
	tr := Trained{Of: "weights", Prior: "prior", Take: func(_ context.Context, name string,
		_ func(done, of int)) (*meter.Reading, error) {
		taken += name
		return reading(), nil
	}}
	fs := tr.Figures([]string{"gain", "exact"}, Inputs{Seed: 1, Draws: 9, Times: 3})
	if len(fs) != 2 || fs[0].Name != "field-gain" || fs[1].Name != "field-exact" || taken != "" {
		t.Fatalf("%+v, taken %q", fs, taken)
	}
	if fs[0].key("x") == (Trained{Of: "others"}).Figures([]string{"gain"}, fs[0].Inputs)[0].key("x") {
		t.Error("figures of other weights have one key")
	}
	r, err := fs[0].Compute(t.Context(), nil)
	if err != nil || taken != "gain" {
		t.Fatalf("taken %q, %v", taken, err)
	}
	var b strings.Builder
	if err := r.Tables[0].Print(&b); err != nil {
		t.Fatal(err)
	}
	want := "Gains: value ± standard error\n  t    a           b         c  none\n" +
		"  0.1  1e-09±0.01            3\n  0.2  1±0.01      0.5±0.01  4\n  0.3  2±0.01                5\n" +
		"  all  0.5±0.01\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if numbers := r.Tables[1]; !numbers.Unprinted || len(numbers.Rows) != 8 || numbers.Rows[3][1] != "all" ||
		numbers.Rows[0][5] != "Monte Carlo" || numbers.Rows[7][5] != "exact" {
		t.Errorf("%+v", numbers)
	}
	if len(r.Plots) != 2 || len(r.Plots[0].Lines) != 2 || len(r.Plots[1].Lines) != 1 {
		t.Fatalf("%+v", r.Plots)
	}
	if p := r.Plots[0]; !p.LogY || len(p.Lines[0].X) != 2 || !p.Lines[1].Dashed || r.Plots[1].LogY {
		t.Errorf("%+v", p)
	}
}
