package features

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/stillfield/stillfield/choice"
)

func TestRecipeTable(t *testing.T) {
	if err := recipes.Section().Verify(); err != nil {
		t.Error(err)
	}
}

// A recipe is read as it was printed, from a file, from what is set and from the data alone.
func TestRecipe(t *testing.T) {
	r, err := ParseRecipe([]byte("data: fashion-mnist:flip=true\nlevels: [1, 3]\nlr: 1e-2"),
		[]string{"steps=7", "levels=[2, 4]"})
	if err != nil {
		t.Fatal(err)
	}
	want := Recipe{Data: "fashion-mnist:flip=true", Channels: 16, Levels: []int{2, 4}, Batch: 100, Steps: 7,
		LR: .01, Warmup: 100, Decay: .05}
	fields := cmpopts.IgnoreUnexported(Recipe{})
	if diff := cmp.Diff(want, *r, fields); diff != "" {
		t.Error(diff)
	}
	if r.heldOut.Kind != "fashion-mnist" || r.heldOut.Params.Text("split") != "test" {
		t.Errorf("held out: %v", r.heldOut)
	}
	again, err := readRecipe(r.text())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*r, *again, fields); diff != "" {
		t.Error(diff)
	}
	usual, err := UsualRecipe(choice.Choice{Kind: "mnist"}, nil)
	if err != nil || usual.Data != "mnist" || usual.Steps != 1000 {
		t.Errorf("got %+v, %v", usual, err)
	}
}

func TestRecipeRefuses(t *testing.T) {
	for _, tt := range []struct{ text, set, want string }{
		{"data: digits:split=all", "", "data: got digits:split=all, want a training set that has a test set"},
		{"data: [1]", "", "data: got a list"},
		{"data: nothing", "", `data.name: got "nothing", want one of `},
		{"step: 3", "", "step: got an unknown key"},
		{"levels: []", "", "levels: got [], want between 1 and 8 multiples"},
		{"lr: {a: 1}", "", "features: recipe: line 1: lr: got a section, want a value or a list"},
		{"seed: 1\nseed: 2", "", "features: recipe: "},
		{"- 1", "", "features: recipe: got no keys, want key: value"},
		{"", "steps", `set: got "steps", want key=value`},
		{"", "steps=0", "steps: got 0, want at least 1 steps"},
	} {
		var set []string
		if tt.set != "" {
			set = []string{tt.set}
		}
		_, err := ParseRecipe([]byte(tt.text), set)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q %q: got %v, want %s", tt.text, tt.set, err, tt.want)
		}
	}
}

// Whatever the text, a recipe or an error.
func FuzzParseRecipe(f *testing.F) {
	f.Add("data: digits:split=train\nlevels: [1, 2]")
	f.Add("{a: [b, {c: d}]}")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecipe([]byte(text), nil)
		if err != nil {
			return
		}
		if again, err := readRecipe(r.text()); err != nil || again.text() != r.text() {
			t.Errorf("%q: %s is read as %v, %v", text, r.text(), again, err)
		}
	})
}
