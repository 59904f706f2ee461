package experiment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tiny is a run of a few milliseconds: 20 steps of 8 points in R⁶.
const tiny = `name: tiny
steps: 20
batch: 8
data: {name: rings, dim: 6, count: 40}
model: {kind: mlp, width: 16, depth: 1}
optimizer: {warmup: 3}
log: {every: 1, checkpoint: 5, keep: 3}
`

// parse reads tiny with assignments.
func parse(t testing.TB, set ...string) *Config {
	t.Helper()
	c, err := Parse("tiny.yaml", []byte(tiny), set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sameConfig compares configurations by what they say.
func sameConfig(a, b *Config) string {
	return cmp.Diff(a, b, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty())
}
