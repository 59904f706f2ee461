package experiment

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

// Whatever the shape and the number of samples, what is suggested is a configuration without a
// fault, of a network that takes samples of that shape.
func TestSuggestAnyData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := datasets.Shape{H: 1, W: 1, C: rapid.IntRange(1, 5000).Draw(t, "D")}
		if rapid.Bool().Draw(t, "image") {
			side := rapid.IntRange(1, 300)
			s = datasets.Shape{H: side.Draw(t, "H"), W: side.Draw(t, "W"),
				C: rapid.SampledFrom([]int{1, 3, 4}).Draw(t, "C")}
		}
		info := datasets.Info{Name: "x", Shape: s, Count: rapid.IntRange(1, 1<<24).Draw(t, "count"),
			Classes: rapid.IntRange(0, 1000).Draw(t, "classes"), Image: s.H*s.W > 1}
		c := choice.Choice{Kind: "folder", Params: choice.Values{"path": "some: \"pictures\" #1\n"}}
		made, err := Suggest("a name", c, info)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := Parse("suggested", made.Text, nil)
		if err != nil {
			t.Fatalf("%s: %v", made.Text, err)
		}
		if path := cfg.Data.Params.Text("path"); path != c.Params.Text("path") || cfg.Name != "a name" {
			t.Fatalf("the path has become %q, the name %q", path, cfg.Name)
		}
		if _, err := New(cfg, s); err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		if seen := cfg.Steps * cfg.Batch; s.H*s.W > 1 && s.Len() > smallest && seen < min(320_000,
			100*info.Count) {
			t.Fatalf("%d samples are seen of %d", seen, info.Count)
		}
		if made.Model == "" {
			t.Fatal("no word of the model")
		}
	})
}

// The rule at the sizes people have.
func TestSuggestedNetworks(t *testing.T) {
	for _, tt := range []struct {
		s    datasets.Shape
		want []string
	}{
		{datasets.Shape{H: 1, W: 1, C: 2}, []string{"kind: mlp", "width: 256", "batch: 256", "steps: 2500"}},
		{datasets.Shape{H: 8, W: 8, C: 1}, []string{"kind: mlp", "width: 512", "depth: 4"}},
		{datasets.Shape{H: 28, W: 28, C: 1}, []string{"levels:\n        - 1\n        - 2\n        - 2\n",
			"- 7\n",
			"batch: 128", "steps: 2500", "half_life: 20000"}},
		{datasets.Shape{H: 64, W: 64, C: 3}, []string{"- 1\n        - 2\n        - 2\n        - 2\n",
			"- 8\n", "batch: 32",
			"steps: 10000"}},
		{datasets.Shape{H: 27, W: 30, C: 3}, []string{"levels:\n        - 1\n", "batch: 128"}},
	} {
		made, err := Suggest("x", choice.Choice{Kind: "digits"}, datasets.Info{Shape: tt.s, Count: 60000})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range tt.want {
			if !strings.Contains(string(made.Text), part) {
				t.Errorf("%v: want %q in\n%s", tt.s, part, made.Text)
			}
		}
	}
}

// What a training takes is counted from what it holds: the weights on host and device, and as many
// checkpoints as there are at most beside one another.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		set         []string
		checkpoints float64
	}{
		{nil, 4}, // 20 steps, one every 5, and of four three are kept
		{[]string{"log.keep=2"}, 3},
		{[]string{"log.keep=9"}, 4},
		{[]string{"log.checkpoint=15"}, 2},
		{[]string{"log.checkpoint=0"}, 1},
	} {
		e, err := New(parse(t, tt.set...), datasets.Shape{H: 1, W: 1, C: 6})
		if err != nil {
			t.Fatal(err)
		}
		room, err := e.Room(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkpoint := 4 * float64(len(e.States())*e.Params.Len)
		if room.Disk != tt.checkpoints*checkpoint {
			t.Errorf("%v: %v of disk, want %v checkpoints of %v", tt.set, room.Disk, tt.checkpoints,
				checkpoint)
		}
		if room.Memory < 2*checkpoint || room.Memory > 2*checkpoint+1e6 {
			t.Errorf("%v of memory, want some more than the weights take twice, %v", room.Memory,
				2*checkpoint)
		}
	}
}
