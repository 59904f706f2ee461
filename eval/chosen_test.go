package eval

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTable(t *testing.T) {
	if err := Metrics.Verify(); err != nil {
		t.Error(err)
	}
}

// Whatever is asked for, what is read is read again from what it prints as.
func FuzzParseMetrics(f *testing.F) {
	for _, e := range Metrics.Entries {
		f.Add(e.Name)
		f.Add(e.Example + "," + e.Name)
	}
	f.Add("energy:n=[1,2],x=3")
	f.Add(`energy:other="a,b"`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ParseMetrics(text)
		if err != nil {
			return
		}
		for _, m := range all {
			again, err := ParseMetrics(m.String())
			if err != nil || len(again) != 1 || again[0].String() != m.String() {
				t.Errorf("%q: %v is read as %v, %v", text, m.Choice, again, err)
			}
		}
	})
}

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
