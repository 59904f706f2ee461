package experiment

import (
	"strings"
	"testing"
)

// What a run may change without being another.
func TestDifferences(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"name=x", ""}, {"steps=9", ""}, {"device=cpu", ""}, {"workers=2", ""}, {"precision=bf16", ""},
		{"log.keep=9", ""},
		{"sample.n=3", ""},
		{"data.path=x", ""},
		{"seed=1", "seed is 0 there and 1 here"},
		{"accumulate=2", "accumulate is 1 there and 2 here"},
		{"data.split=test", "data.split is not set there and test here"},
		{"model={kind: unet, width: 0, depth: 0, channels: 8, levels: [1, 2], blocks: 1, heads: 1}",
			"model.kind is mlp there and unet here; model.width is 16 there and not set here; " +
				"model.depth is 1 there and not set here; model.channels is not set there and 8 here; " +
				"model.levels is not set there and [1, 2] here; model.blocks is not set there and 1 here; " +
				"model.heads is not set there and 1 here"},
	} {
		if got := strings.Join(Differences(parse(t), parse(t, tt.set)), "; "); got != tt.want {
			t.Errorf("%s: got  %s\nwant %s", tt.set, got, tt.want)
		}
	}
}
