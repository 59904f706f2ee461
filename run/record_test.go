package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A resumed run drops the lines it will write again, and a torn one.
func TestLogIsCut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, logFile)
	const head, tail = `{"step":1,"loss":4}` + "\n" + `{"step":3,"loss":2}` + "\n", `{"step":4,"loss":1}` +
		"\n" + `{"step":5,"lo`
	for _, tt := range []struct{ text, want string }{
		{"", ""}, {head, head}, {head + tail, head}, {"garbage\n" + head, head}, {head + "\n", head}, {tail,
			""},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := keepLines(path, 3); err != nil {
			t.Fatal(err)
		}
		if got := string(content(t, path)); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.text, got, tt.want)
		}
	}
	if err := keepLines(filepath.Join(dir, "none"), 3); err != nil {
		t.Error(err)
	}
	if err := keepLines(dir, 3); err == nil {
		t.Error("a directory was read as a log")
	}
}

func TestReadLog(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadLog(dir); err == nil || !strings.HasPrefix(err.Error(), "run: log: open ") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{"": "", "{}\n": "",
		"{}\nx\n": "log.jsonl:2: invalid character 'x'"} {
		if err := os.WriteFile(filepath.Join(dir, logFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ls, err := ReadLog(dir)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) ||
			len(ls) != strings.Count(text, "{}") {
			t.Errorf("%q: %v, %v", text, ls, err)
		}
	}
}
