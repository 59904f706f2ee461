package eval

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What is saved is read again, all of it.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.json")
	a, b := report("a", toy(1, .5)), report("b", toy(3, .25))
	a.Scores[0].Draws = []Draw{{Seed: 1 << 63, Value: 1}}
	want := []*Report{a, b}
	if err := NewFile("v1", want, Compare(want)).Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// What is no file of scores is one line that says why.
func TestFileRefused(t *testing.T) {
	var b bytes.Buffer
	if err := NewFile("v1", []*Report{report("a", toy(1, .5))}, nil).Encode(&b); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	path := filepath.Join(t.TempDir(), "scores.json")
	for _, tt := range []struct{ old, new, want string }{
		{good, "", "got no scores"},
		{"}\n", "", "got no scores"},
		{good, "null", `format: got "", want "stillfield.eval/1"`},
		{"eval/1", "eval/2", `format: got "stillfield.eval/2", want "stillfield.eval/1"`},
		{`"value":1`, `"value":1e999`, "got no scores"},
		{`"value":1`, `"value":NaN`, "got no scores"},
		{`"error":0.5`, `"error":-0.5`, "reports[0]: scores[0]: error: got -0.5"},
		{`"name":"distance"`, `"name":""`, `reports[0]: scores[0]: got the name ""`},
		{`"metric":"toy:power=2,seed=0"`, `"metric":""`, "reports[0]: scores[0]: metric: got"},
		{`"fingerprint":"sha256:0123456789abcdef"`, `"fingerprint":""`, "reports[0]: got subject"},
		{`"reports":[`, `"reports":[null,`, "reports[0]: got null"},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if text == good {
			t.Fatalf("%s is not in %s", tt.old, good)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFile(path)
		if err == nil || !strings.HasPrefix(err.Error(), "eval: "+path+": "+tt.want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s for %s: got %v, want %s", tt.new, tt.old, err, tt.want)
		}
	}
}

// What is read can be compared with itself and printed, whatever it says.
func FuzzFile(f *testing.F) {
	var b bytes.Buffer
	if err := NewFile("v1", []*Report{report("a", toy(1, .5))}, nil).Encode(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		reports, err := parse(text)
		if err != nil {
			return
		}
		twice := append(reports, reports...)
		if err := Incomparable(twice[:1], false); err != nil {
			t.Fatal(err)
		}
		Incomparable(twice, false)
		if err := Compare(twice).Table().Print(&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		if err := Table(twice).Print(&bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
	})
}
