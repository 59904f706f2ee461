package sample

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// Sample i is told the class that its number says, whatever the batch it is in.
func TestLabel(t *testing.T) {
	spec, err := field.Named("fm")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Process()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		label []int
		want  []float64
	}{
		{nil, []float64{-1, -1, -1, -1, -1}},
		{[]int{7}, []float64{7, 7, 7, 7, 7}},
		{[]int{4, -1, 2}, []float64{4, -1, 2, 4, -1}},
	} {
		for _, batch := range []int{2, 5} {
			var got []float64
			eval := func(f []float64, q Query) error {
				got = append(got, q.Label...)
				clear(f)
				return nil
			}
			s := Defaults()
			s.Sampler, s.Steps, s.N, s.Batch, s.Label = "euler", 1, 5, batch, tt.label
			if _, err := Run(t.Context(), OnHost(eval, 2), p, s, nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("classes %v, %d at a time: told %v, want %v", tt.label, batch, got, tt.want)
			}
		}
	}
}
