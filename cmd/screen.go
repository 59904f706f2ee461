package cmd

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// screen is standard error, which the log and the status line share: on a
// terminal, what the log writes takes the place of a status line that is open, and
// does not stand behind it.
type screen struct {
	mu      sync.Mutex
	w       io.Writer
	rewrite bool       // the terminal can rewrite a line
	columns func() int // of the terminal now; 0 or less where nobody knows
	open    bool       // a status line is on the terminal
}

// stderr is the screen of the program, which has one; setUpLog makes it.
var stderr *screen

// wipe goes to the first column and clears the line, in the escape sequences of
// ECMA-48 that every terminal but a dumb one knows.
const wipe = "\r\x1b[K"

func newScreen(f *os.File) *screen {
	fd := int(f.Fd())
	return &screen{
		w:       f,
		rewrite: term.IsTerminal(fd) && os.Getenv("TERM") != "dumb",
		columns: func() int {
			columns, _, err := term.GetSize(fd)
			if err != nil {
				return 0
			}
			return columns
		},
	}
}

// Write is for the log: whole lines.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.open = false
		if _, err := io.WriteString(s.w, wipe); err != nil {
			return 0, err
		}
	}
	return s.w.Write(text)
}

// status rewrites the status line, or writes a line where that cannot be done. A
// write that fails is ignored: work does not end because nobody watches it.
func (s *screen) status(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.rewrite {
		io.WriteString(s.w, line+"\n")
		return
	}
	s.open = true
	io.WriteString(s.w, wipe+cut(line, s.columns()))
}

// leave ends a status line that is open, so that it stays.
func (s *screen) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.open = false
		io.WriteString(s.w, "\n")
	}
}

// cut shortens a line to one column less than the terminal has, for a full line
// would wrap and could not be rewritten. A terminal of unknown width is taken to
// have 80 columns.
func cut(line string, columns int) string {
	if columns <= 0 {
		columns = 80
	}
	r := []rune(line)
	switch most := columns - 1; {
	case len(r) <= most:
		return line
	case most == 0:
		return ""
	default:
		return string(r[:most-1]) + "…"
	}
}
