package experiment

import (
	"strings"
	"testing"
)

// What a run may change without being another.
func TestDifferences(t *testing.T) {
	there, here := parse(t, "data=idx:path=a"), parse(t, "data=idx:path=b,skip_bad=true")
	if ds := Differences(there, here); len(ds) > 0 {
		t.Errorf("data in another place: %v", ds)
	}
	for _, tt := range []struct{ set, want string }{
		{"name=x", ""}, {"steps=9", ""}, {"device=cpu", ""}, {"workers=2", ""}, {"precision=bf16", ""},
		{"log.keep=9", ""},
		{"sample.n=3", ""},
		{"seed=1", "seed is 0 there and 1 here"},
		{"accumulate=2", "accumulate is 1 there and 2 here"},
		{"data.split=test", "data.split is train there and test here"},
		{"model={kind: unet, channels: 8, levels: [1, 2]}",
			"model.kind is mlp there and unet here; model.width is 16 there and not set here; " +
				"model.depth is 1 there and not set here; model.channels is not set there and 8 here; " +
				"model.levels is not set there and [1, 2] here; model.blocks is not set there and 1 here; " +
				"model.attention is not set there and [] here; model.heads is not set there and 1 here"},
	} {
		if got := strings.Join(Differences(parse(t), parse(t, tt.set)), "; "); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.set, got, tt.want)
		}
	}
}
