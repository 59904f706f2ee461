package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// childArgs holds the arguments of a test that needs a process of its own: then
// this binary is the program.
const childArgs = "STILLFIELD_TEST_ARGS"

func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv(childArgs); ok {
		os.Exit(Main(strings.Split(args, "\n")))
	}
	os.Exit(m.Run())
}

// output is what a command left behind.
type output struct {
	status         int
	stdout, stderr string
}

// program is what the program does with args in a directory of its own, where the tiny.yaml of
// these tests is.
func program(t *testing.T, args ...string) output {
	t.Helper()
	var o output
	o.stdout = captured(t, &os.Stdout, func() {
		o.stderr = captured(t, &os.Stderr, func() { o.status = Main(args) })
	})
	if strings.Contains(o.stderr, "goroutine ") || strings.Contains(o.stderr, "\x1b") {
		t.Errorf("%v: a stack or an escape sequence: %s", args, o.stderr)
	}
	return o
}

// captured is what f writes to *file.
func captured(t *testing.T, file **os.File, f func()) string {
	t.Helper()
	temp, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	old := *file
	*file = temp
	defer func() { *file = old }()
	f()
	text, err := os.ReadFile(temp.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tiny is a run of a few milliseconds, and 9 samples of 4 evaluations each.
const tiny = `name: tiny
steps: 6
batch: 8
data: {name: digits}
model: {kind: mlp, width: 16, depth: 1}
log: {every: 2, checkpoint: 2}
sample: {n: 9, steps: 5}
device: cpu
workers: 1
`

// inTemp makes a fresh directory with tiny.yaml the working directory.
func inTemp(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, "tiny.yaml", tiny)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wants holds a text to parts that it must have, in their order.
func wants(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	rest := got
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Errorf("%s: want %q next, in\n%s", what, p, got)
			return
		}
		rest = after
	}
}

// fails runs the program and wants status 1, nothing on standard output, and
// these lines.
func fails(t *testing.T, args []string, lines ...string) {
	t.Helper()
	o := program(t, args...)
	want := "error: " + strings.Join(lines, "\nerror: ") + "\n"
	if o.status != 1 || o.stdout != "" || !strings.HasSuffix(o.stderr, want) {
		t.Errorf("%v: status %d, output %q\ngot  %swant %s", args, o.status, o.stdout, o.stderr, want)
	}
}
