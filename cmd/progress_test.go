package cmd

import (
	"bytes"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"pgregory.net/rapid"
)

// A terminal has one line that is rewritten and cut to its width, a file and a dumb
// terminal have lines now and then; the last is shown at all events. What the log
// writes replaces an open line.
func TestProgress(t *testing.T) {
	wide := func(n int) func() int { return func() int { return n } }
	for _, tt := range []struct {
		name   string
		p      progress
		screen *screen
		want   string
	}{
		{"terminal", progress{}, &screen{rewrite: true, columns: wide(80)},
			"\r\x1b[Kline 1\r\x1b[Kline 2\r\x1b[Kline 3\n"},
		{"narrow", progress{}, &screen{rewrite: true, columns: wide(6)},
			"\r\x1b[Kline…\r\x1b[Kline…\r\x1b[Kline…\n"},
		{"one column", progress{}, &screen{rewrite: true, columns: wide(1)}, "\r\x1b[K\r\x1b[K\r\x1b[K\n"},
		{"unknown width", progress{}, &screen{rewrite: true, columns: wide(0)},
			"\r\x1b[Kline 1\r\x1b[Kline 2\r\x1b[Kline 3\n"},
		{"slow terminal", progress{every: time.Hour}, &screen{rewrite: true, columns: wide(80)},
			"\r\x1b[Kline 1\r\x1b[Kline 3\n"},
		{"file", progress{}, &screen{}, "line 1\nline 2\nline 3\n"},
		{"file now and then", progress{every: time.Hour}, &screen{}, "line 1\nline 3\n"},
		{"quiet", progress{quiet: true}, &screen{rewrite: true, columns: wide(80)}, ""},
	} {
		var b bytes.Buffer
		tt.screen.w = &b
		tt.p.screen = tt.screen
		for i := 1; i <= 3; i++ {
			tt.p.show(i == 3, fmt.Sprintf("line %d", i), "", nil)
		}
		tt.p.done()
		tt.p.done()
		if b.String() != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, b.String(), tt.want)
		}
	}
}

func TestLogReplacesStatus(t *testing.T) {
	var b bytes.Buffer
	s := screen{w: &b, rewrite: true, columns: func() int { return 80 }}
	s.status("step 1")
	fmt.Fprintln(&s, "warning: w")
	fmt.Fprintln(&s, "more")
	s.leave()
	if want := wipe + "step 1" + wipe + "warning: w\nmore\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// A word for the shell is read back by a shell as it was.
func TestShell(t *testing.T) {
	for _, tt := range []struct{ word, want string }{
		{"runs/digits-eqm", "runs/digits-eqm"}, {"my run", "'my run'"}, {"", "''"}, {"it's", `'it'\''s'`},
		{"$HOME", "'$HOME'"}, {"a\x1b[31mb'", `$'a\x1b[31mb\''`},
	} {
		if got := shell(tt.word); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.word, got, tt.want)
		}
	}
	for path, want := range map[string]string{"-r": "./-r", "-my run": "'./-my run'", "a-b": "a-b"} {
		if got := shellPath(path); got != want {
			t.Errorf("path %q: %s, want %s", path, got, want)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash, which reads every form of quoting here, is not installed")
	}
	rapid.Check(t, func(t *rapid.T) {
		word := strings.ReplaceAll(rapid.String().Draw(t, "word"), "\x00", "")
		out, err := exec.Command(bash, "-c", "printf %s "+shell(word)).Output()
		if err != nil || string(out) != word {
			t.Fatalf("%q: %s is read as %q, %v", word, shell(word), out, err)
		}
	})
}

func TestVisible(t *testing.T) {
	for s, want := range map[string]string{
		"runs/é 1": "runs/é 1", "a\x1b[2Jb": `a\x1b[2Jb`, "a\rb\n": `a\rb\n`, "\u202e": `\u202e`,
	} {
		if got := visible(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestLeft(t *testing.T) {
	for _, tt := range []struct {
		n    int
		rate float64
		want string
	}{{10, 1, "10s"}, {0, 5, "0s"}, {7200, 1, "2h0m0s"}, {1, 0, "?"}, {1, math.Inf(1), "0s"}} {
		if got := leftText(left(tt.n, tt.rate)); got != tt.want {
			t.Errorf("left(%d, %v) = %s, want %s", tt.n, tt.rate, got, tt.want)
		}
	}
}

// A message is one line whatever is in it.
func TestLogLines(t *testing.T) {
	for _, tt := range []struct {
		level logrus.Level
		msg   string
		data  logrus.Fields
		want  string
	}{
		{logrus.InfoLevel, "run", nil, "run\n"},
		{logrus.InfoLevel, "run", logrus.Fields{"b": 2, "a": "x y", "c": "q\"\n"},
			"run  a=\"x y\" b=2 c=\"q\\\"\\n\"\n"},
		{logrus.WarnLevel, "w", nil, "warning: w\n"},
		{logrus.ErrorLevel, "a\nb", nil, "error: a; b\n"},
		{logrus.WarnLevel, "a\x1b[2Jb", logrus.Fields{"n": "\x1b"}, "warning: a\\x1b[2Jb  n=\"\\x1b\"\n"},
	} {
		got, err := lines{}.Format(&logrus.Entry{Level: tt.level, Message: tt.msg, Data: tt.data})
		if err != nil || string(got) != tt.want {
			t.Errorf("got %q, %v, want %q", got, err, tt.want)
		}
	}
}
