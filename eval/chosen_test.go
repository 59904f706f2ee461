package eval

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A list of metrics is read as the metrics were printed, in their order.
func TestParseMetrics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom(Metrics.Names()), 1, 5).Draw(t, "names")
		first, err := ParseMetrics(strings.Join(names, ","))
		if err != nil {
			t.Fatal(err)
		}
		var printed []string
		for i, m := range first {
			if m.Kind != names[i] {
				t.Fatalf("metric %d is %s, want %s", i, m.Kind, names[i])
			}
			printed = append(printed, m.String())
		}
		again, err := ParseMetrics(strings.Join(printed, ","))
		if err != nil || len(again) != len(first) {
			t.Fatalf("%v: got %d metrics, %v", printed, len(again), err)
		}
		for i, m := range again {
			if m.String() != printed[i] {
				t.Errorf("got %v, want %v", m, printed[i])
			}
		}
	})
}
