package choice

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{
		"": nil, "1,2": {"1", "2"}, "[0, 1],[2],x": {"[0, 1]", "[2]", "x"}, ",a,": {"a"}, "a]b,c": {"a]b,c"},
	} {
		if got := Split(list); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}
