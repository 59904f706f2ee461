package run

import (
	"bytes"
	"encoding/json"
	"errors"
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
			""}, {"null\n" + head, head},
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
	if _, err := ReadLog(dir); err == nil || !strings.HasPrefix(err.Error(), "run: log: lstat ") {
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

func openRecord(t *testing.T, dir string, step int) *Record {
	t.Helper()
	r, err := OpenRecord(dir, step)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A log that is removed, moved or replaced while it is written goes on in a new
// file, and that is said at the end; what it cannot be written to loses lines.
func TestLogRemoved(t *testing.T) {
	for _, tt := range []struct {
		name  string
		take  func(log string) error
		lines int // in the file at the end
		want  []string
	}{
		{"nothing", func(string) error { return nil }, 4, nil},
		{"removed", os.Remove, 2, []string{"log.jsonl was removed or replaced under the run"}},
		{"moved", func(log string) error { return os.Rename(log, log+".1") }, 2,
			[]string{"was removed or replaced"}},
		{"replaced by a directory", func(log string) error {
			return errors.Join(os.Remove(log), os.Mkdir(log, 0o777))
		}, -1, []string{"was removed or replaced", "2 lines of steps 3 to 4 are lost: "}},
	} {
		dir := t.TempDir()
		r := openRecord(t, dir, 0)
		for step := 1; step <= 4; step++ {
			if step == 3 {
				if err := tt.take(filepath.Join(dir, logFile)); err != nil {
					t.Fatal(err)
				}
			}
			r.Line(Line{Step: step})
		}
		r.Close()
		if ls, err := ReadLog(dir); len(ls) != max(tt.lines, 0) || (err == nil) != (tt.lines >= 0) {
			t.Errorf("%s: %d lines, %v, want %d", tt.name, len(ls), err, tt.lines)
		}
		lost := r.Lost()
		if (lost == nil) != (tt.want == nil) {
			t.Errorf("%s: %v", tt.name, lost)
		}
		for i, want := range tt.want {
			said := strings.Split(lost.Error(), "\n")
			if len(said) != len(tt.want) || !strings.Contains(said[i], want) {
				t.Errorf("%s: %q, want %q", tt.name, said, want)
			}
		}
	}
}

// A log that is no file of the run's own, or larger than any, is refused, in little
// memory, and nothing is written through it.
func TestLogOutside(t *testing.T) {
	for name, put := range map[string]func(log, outside string) error{
		"a symbolic link": func(log, outside string) error { return os.Symlink(outside, log) },
		"a directory":     func(log, _ string) error { return os.Mkdir(log, 0o777) },
		"30000000000 bytes": func(log, _ string) error {
			return errors.Join(os.WriteFile(log, nil, 0o666), os.Truncate(log, 3e10))
		},
	} {
		dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
		if err := put(filepath.Join(dir, logFile), outside); err != nil {
			t.Skip(err)
		}
		if _, err := OpenRecord(dir, 0); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ReadLog(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(outside); err == nil {
			t.Errorf("%s: something was made outside", name)
		}
	}
}

// Whatever a log holds, what is kept of it are whole lines that can be read, as many
// as the text has of steps so far; a run that begins, at step 0, keeps none.
func FuzzLog(f *testing.F) {
	f.Add([]byte(`{"step":1,"loss":4}`+"\n"+`{"step":3,"loss":2}`+"\n"), 2)
	f.Add([]byte("\n\n{}\nx"), 0)
	f.Add([]byte(`{"step":1,"meter":"gain"}`+"\n"+`{"step":1,"meter":5}`+"\n"+`{"step":1}`+"\n"), 1)
	f.Add([]byte(`{"step":-1}`+"\n"+strings.Repeat("a", maxLine+1)+"\n{}"), 7)
	f.Add([]byte(`{"step":1e9,"loss":1e999}`+"\n"), 7)
	f.Fuzz(func(t *testing.T, text []byte, step int) {
		dir := t.TempDir()
		path := write(t, filepath.Join(dir, logFile), text)
		if err := keepLines(path, step); err != nil {
			t.Fatal(err)
		}
		ls, err := ReadLog(dir)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, raw := range bytes.SplitAfter(text, []byte("\n")) {
			var l parsed
			if step > 0 && len(raw) <= maxLine && bytes.HasSuffix(raw, []byte("\n")) &&
				json.Unmarshal(raw, &l) == nil && l.Step >= 0 && l.Step <= step && l.Meter == "" {
				want++
			}
		}
		if len(ls) != want {
			t.Errorf("%d lines of %q up to step %d, want %d", len(ls), text, step, want)
		}
		kept := content(t, path)
		if err := keepLines(path, step); err != nil || !bytes.Equal(kept, content(t, path)) {
			t.Errorf("cut again the log is another: %v", err)
		}
	})
}
