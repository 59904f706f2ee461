package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// files writes files into a directory and returns it.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// parseFile is Parse of a file.
func parseFile(t *testing.T, path string, set ...string) (*Config, error) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return Parse(path, text, set)
}

// A file with a base is what its base says, the base's name apart, and then what it says
// itself: of a section key by key, of a section that is named anew all that is common.
func TestBase(t *testing.T) {
	dir := files(t, map[string]string{
		"mine.yaml": "base: sub/other.yaml\nsteps: 7\nmodel: {depth: 1}\nsample: {sampler: euler}\n",
		"sub/other.yaml": "name: other\nsteps: 5\nbase: ./first.yaml\nfield: fm\n" +
			"sample: {sampler: nag, mu: 0.5, n: 9}\n",
		"sub/first.yaml": "base: digits-dit\nseed: 3\nmodel: {kind: mlp, width: 12}\n",
	})
	c, err := parseFile(t, filepath.Join(dir, "mine.yaml"), "batch=6")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse("want.yaml", []byte("seed: 3\nsteps: 7\nbatch: 6\ndata: {name: digits}\nfield: fm\n"+
		"model: {kind: mlp, width: 12, depth: 1, classes: 10, label_dropout: 0.1}\n"+
		"optimizer: {lr: 1e-3, schedule: cosine, warmup: 100}\naverage: {half_life: 20000}\n"+
		"sample: {sampler: euler, n: 9, batch: 100, steps: 250}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := sameConfig(want, c); diff != "" {
		t.Error(diff)
	}
	sub := filepath.Join(dir, "sub")
	bases := []string{filepath.Join(sub, "other.yaml"), filepath.Join(sub, "first.yaml"), "digits-dit"}
	if !slices.Equal(c.Bases(), bases) {
		t.Errorf("bases %q, want %q", c.Bases(), bases)
	}
	kept, err := c.Encode()
	if err != nil || strings.Contains(string(kept), baseKey+":") {
		t.Errorf("%v: what is kept has a base:\n%s", err, kept)
	}
	roundTrip(t, c)
}

// A fault is at its place in the file it stands in.
func TestBaseFaults(t *testing.T) {
	texts := map[string]string{
		"a.yaml": "base: ./b.yaml\n", "b.yaml": "steps: 3\nbase: ./a.yaml\n",
		"self.yaml": "base: self.yaml\n", "number.yaml": "base: [1]\n", "none.yaml": "base:\n",
		"absent.yaml": "base: ./gone.yaml\n", "unknown.yaml": "base: digit-fm\n",
		"twice.yaml": "base: digits-fm\nbase: digits-eqm\n", "over.yaml": "base: ./bad.yaml\nbatch: 0\n",
		"bad.yaml": "steps: 0\nbatch: -1\n", "text.yaml": "base: ./words.yaml\n", "words.yaml": "words",
		"deep0.yaml": "steps: 2\n",
	}
	for i := range maxBases + 1 {
		texts[fmt.Sprintf("deep%d.yaml", i+1)] = fmt.Sprintf("base: ./deep%d.yaml\n", i)
	}
	dir := files(t, texts)
	for name, want := range map[string][]string{
		"a.yaml":      {"b.yaml:2:7: base: got \"./a.yaml\", want one that does not lead back to itself: "},
		"self.yaml":   {"self.yaml:1:7: base: got \"self.yaml\", want one that does not lead back to "},
		"number.yaml": {"number.yaml:1:7: base: got a list, want the name of an experiment or of a file"},
		"none.yaml":   {"none.yaml:1:6: base: got nothing, want the name of an experiment or of a file"},
		"absent.yaml": {"absent.yaml:1:7: base: got \"./gone.yaml\", want a file: bounded: Open: stat "},
		"unknown.yaml": {"unknown.yaml:1:7: base: got \"digit-fm\", want one of ",
			"digits-fm is the nearest, or a file, like ./mine.yaml"},
		"twice.yaml": {"twice.yaml:2:7: base: got it twice, want it once"},
		"over.yaml":  {"bad.yaml:1:8: steps: got 0, want ", "over.yaml:2:8: batch: got 0, want "},
		"text.yaml":  {"words.yaml:1:1: configuration: got \"words\", want a section with keys"},
		"deep9.yaml": {"deep1.yaml:1:7: base: got \"./deep0.yaml\", want none: 8 stand on one another: "},
	} {
		_, err := parseFile(t, filepath.Join(dir, name))
		lines := strings.Count(strings.Join(want, "\n"), ".yaml:") // each begins with its place
		if err == nil || len(strings.Split(err.Error(), "\n")) != lines {
			t.Errorf("%s: %v, want a line for each of %q", name, err, want)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v, want %q", name, err, part)
			}
		}
	}
	if c, err := parseFile(t, filepath.Join(dir, "deep8.yaml")); err != nil || c.Steps != 2 {
		t.Errorf("as deep as may be: %v", err)
	}
}

// What a run keeps reads no other file, nor does an assignment.
func TestNoBaseIsKept(t *testing.T) {
	const want = `base: got "digits-fm", want none: what a run keeps is whole`
	_, err := ParseKept("config.yaml", []byte("base: digits-fm\n"), nil)
	if err == nil || err.Error() != "config.yaml:1:7: "+want {
		t.Errorf("error %v", err)
	}
	if _, err := Parse("c.yaml", nil, []string{"base=digits-fm"}); err == nil ||
		!strings.Contains(err.Error(), "base: got an unknown key") {
		t.Errorf("error %v", err)
	}
}
