package experiment

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a shell hands over is the text itself: nothing of it is taken for a comment, an
// anchor, a tag or a second document and dropped.
func TestAssignedTexts(t *testing.T) {
	for _, tt := range []struct{ text, path, fault string }{
		{"a # b.idx", "a # b.idx", ""},
		{"*star.idx", "*star.idx", ""},
		{"!bang.idx", "!bang.idx", ""},
		{"&and.idx", "&and.idx", ""},
		{"- dash", "- dash", ""},
		{"%percent", "%percent", ""},
		{"key: value", "key: value", ""},
		{"one\n---\ntwo", "one\n---\ntwo", ""},
		{"\x1b[31m", "\x1b[31m", ""},
		{"  spaced  ", "spaced", ""},
		{`" spaced  "`, " spaced  ", ""},
		{`'it''s'`, "it's", ""},
		{`"a" junk`, "", `got "\"a\" junk", want one value and nothing behind it`},
		{`"a" # no`, "", `want one value and nothing behind it`},
		{"\"a\"\n---\nb", "", "want one value and nothing behind it"},
		{"[x].idx", "", "want one value and nothing behind it"},
		{"[x]", "", "got a list, want text"},
		{`"a`, "", "want a text in quotes"},
		{"a\xff", "", "want text in UTF-8"},
		{"~", "", "got nothing, want text"},
	} {
		c, err := Parse("c.yaml", []byte(aModel), []string{"data.name=idx", "data.path=" + tt.text})
		switch {
		case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)):
			t.Errorf("%q: got %v, want a fault with %q", tt.text, err, tt.fault)
		case tt.fault == "" && err != nil:
			t.Errorf("%q: %v", tt.text, err)
		case tt.fault == "" && c.Data.Params.Text("path") != tt.path:
			t.Errorf("%q: got %q, want %q", tt.text, c.Data.Params.Text("path"), tt.path)
		}
	}
}

// Every text that is taken is kept in a run's configuration as it is.
func TestAssignedTextsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		c, err := Parse("c.yaml", []byte(aModel), []string{"data.name=idx", "data.path=x" + text})
		if err != nil {
			t.Skip(err)
		}
		kept, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("kept.yaml", kept, nil)
		if err != nil {
			t.Fatalf("%q is kept as what cannot be read: %v", text, err)
		}
		if got, want := back.Data.Params.Text("path"), c.Data.Params.Text("path"); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
