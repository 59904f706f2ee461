package cmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// status is one line that is rewritten in place on a terminal, and printed now
// and then where the output goes to a file.
type status struct {
	w     io.Writer
	tty   bool
	every time.Duration // between lines of a file
	shown time.Time
	open  bool // a line is on the terminal
}

func newStatus(f *os.File) *status {
	s := &status{w: f, tty: term.IsTerminal(int(f.Fd())), every: 5 * time.Second}
	if s.tty {
		s.every = 100 * time.Millisecond
	}
	return s
}

// show prints the line if it is time, or at all events if it is the last.
func (s *status) show(last bool, format string, args ...any) {
	now := time.Now()
	if !last && now.Sub(s.shown) < s.every {
		return
	}
	s.shown = now
	line := fmt.Sprintf(format, args...)
	if s.tty {
		fmt.Fprintf(s.w, "\r\x1b[K%s", line)
		s.open = true
		return
	}
	fmt.Fprintln(s.w, line)
}

// done leaves the line and goes to the next.
func (s *status) done() {
	if s.open {
		fmt.Fprintln(s.w)
		s.open = false
	}
}

// left is the time that n more of a thing take at a rate.
func left(n int, rate float64) string {
	if rate <= 0 {
		return "?"
	}
	return time.Duration(float64(n) / rate * float64(time.Second)).Round(time.Second).String()
}
