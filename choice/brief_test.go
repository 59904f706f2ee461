package choice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A choice in brief is the same choice, and one at fault is left as it is.
func TestBrief(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "tea",
		"chai:cups=1,minutes=3":               "tea",
		"tea:cups=2,milk=false":               "tea:cups=2",
		"coffee:grams=[8],sugar=[1],lot=0":    "coffee:sugar=[1]",
		"tea:cups=none,milk=false":            "tea:cups=none,milk=false",
		"water:cups=1":                        "water:cups=1",
		"coffee:roast=light,milk=no,cups=two": "coffee:cups=two,milk=no,roast=light",
	} {
		var c Choice
		if text != "" {
			var err error
			if c, err = Parse(text); err != nil {
				t.Fatal(err)
			}
		}
		brief := drinks.Brief(c)
		if brief.String() != want {
			t.Errorf("%s: got %s in brief, want %s", text, brief, want)
		}
		_, full, faults := drinks.Resolve("", c, nil)
		if _, again, _ := drinks.Resolve("", brief, nil); len(faults) == 0 && !cmp.Equal(full, again) {
			t.Errorf("%s: %s in brief is %s, want %s", text, brief, again, full)
		}
	}
}
