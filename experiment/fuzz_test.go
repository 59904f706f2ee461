package experiment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
)

// A text of any kind is refused or read; what is read survives being kept.
func FuzzParse(f *testing.F) {
	for _, name := range configs.Names() {
		text, err := configs.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	bomb := "a: &a [x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1)
	}
	for _, s := range []string{tiny, bomb, strings.Repeat("[", 20000), strings.Repeat("{a: ", 20000),
		strings.Repeat("- ", 20000),
		"model: {kind: mlp, width: 3, levels: []}", "name: !!binary gA==", "? {a: b}\n: c", "steps: .inf",
		"seed: 0x10",
		"sample: {\"n\": 3}", "field: &x\n  target: *x\n", "--- |\n x\n", "%YAML 1.2\n---\nname: a\n...\n",
		"\xff\xfe"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("fuzz", text, []string{"model.kind=mlp"})
		if err != nil {
			if n := strings.Count(err.Error(), "\n"); n > maxFaults {
				t.Fatalf("%d lines", n)
			}
			return
		}
		kept, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("kept", kept, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, kept)
		}
		if diff := sameConfig(c, back); diff != "" {
			t.Fatalf("%s\n%s", diff, kept)
		}
	})
}
