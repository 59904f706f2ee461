package cmd

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
)

// A terminal has one line that is rewritten, a file has lines now and then; the
// last is shown at all events.
func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    status
		want string
	}{
		{"terminal", status{tty: true}, "\r\x1b[K1\r\x1b[K2\r\x1b[K3\n"},
		{"slow terminal", status{tty: true, every: time.Hour}, "\r\x1b[K1\r\x1b[K3\n"},
		{"file", status{}, "1\n2\n3\n"},
		{"file now and then", status{every: time.Hour}, "1\n3\n"},
	} {
		var b bytes.Buffer
		tt.s.w = &b
		for i := 1; i <= 3; i++ {
			tt.s.show(i == 3, "%d", i)
		}
		tt.s.done()
		tt.s.done()
		if b.String() != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, b.String(), tt.want)
		}
	}
}

func TestLeft(t *testing.T) {
	for _, tt := range []struct {
		n    int
		rate float64
		want string
	}{{10, 1, "10s"}, {0, 5, "0s"}, {7200, 1, "2h0m0s"}, {1, 0, "?"}, {1, math.Inf(1), "0s"}} {
		if got := left(tt.n, tt.rate); got != tt.want {
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
	} {
		got, err := lines{}.Format(&logrus.Entry{Level: tt.level, Message: tt.msg, Data: tt.data})
		if err != nil || string(got) != tt.want {
			t.Errorf("got %q, %v, want %q", got, err, tt.want)
		}
	}
}
