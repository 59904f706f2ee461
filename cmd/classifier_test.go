package cmd

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// A classifier is trained by a recipe, from a file or of data alone, and eval takes the file
// that it writes: the report says which features the scores are of.
func TestClassifier(t *testing.T) {
	inTemp(t)
	put(t, "mine.yaml", "data: digits:split=train\nlevels: [1, 2]\nchannels: 4\nsteps: 100\nbatch: 20\n")
	o := program(t, "classifier", "mine.yaml", "--set", "steps=9", "--device", "cpu")
	var said classifierSummary
	if err := json.Unmarshal([]byte(o.stdout), &said); o.status != 0 || err != nil {
		t.Fatalf("status %d, %v\n%s%s", o.status, err, o.stdout, o.stderr)
	}
	if said.File != "mine.safetensors" || said.Data != "digits" || said.Tested != 299 || said.Accuracy <= 0 {
		t.Errorf("got %+v", said)
	}
	put(t, "tiny.yaml", tiny)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for features, want := range map[string]string{
		"":                 "classifier:resize=none,weights=digits",
		"mine.safetensors": "classifier:resize=none,weights=mine.safetensors",
	} {
		args := []string{"runs/tiny", "--metrics", "classes", "-n", "5"}
		if features != "" {
			args = append(args, "--features", features)
		}
		r := judge(t, args...).Reports[0]
		if r.Features == nil || r.Features.Name != want || r.Features.Dim < 8 || len(r.Scores) < 10 {
			t.Errorf("%q: features %+v, scores %+v", features, r.Features, r.Scores)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"classifier nothing", `classifier: got "nothing", want a YAML file, a source of data, or one of `},
		{"classifier none.yaml", "classifier: open none.yaml: no such file or directory"},
		{"classifier digits:split=test", "data: got digits:split=test, want a training set that has"},
		{"classifier", "classifier: got no argument, want a recipe or a source of data"},
		{"classifier digits --set step=3", "step: got an unknown key"},
		{"eval runs/tiny --metrics energy --features pixels",
			"features: got pixels, want none: these metrics compare no features"},
		{"eval runs/tiny --metrics classes --features pixels",
			"features: got pixels, want classifier: classes judges by the classes that one finds"},
		{"eval runs/tiny --metrics classes --features pixel", "features: got \"pixel\", want one of "},
		{"eval runs/tiny --metrics classes --features tiny.yaml", "or a file that one of them reads"},
	} {
		o := program(t, strings.Fields(tt.args)...)
		if o.status != 1 || o.stdout != "" || strings.Count(o.stderr, "error: ") != 1 ||
			!strings.Contains(o.stderr, tt.want) {
			t.Errorf("%v: status %d, output %q\ngot  %swant %s", tt.args, o.status, o.stdout, o.stderr,
				tt.want)
		}
	}
	if _, err := os.Stat("digits.safetensors"); err == nil {
		t.Error("what was refused wrote a file")
	}
}
