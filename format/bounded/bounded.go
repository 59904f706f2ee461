// Package bounded reads files that nobody vouches for. A path may lead to a pipe
// that nobody writes to, to a device that never ends, or to twenty gigabytes of
// holes; what is read with this package neither waits nor takes more memory than
// its caller allows, and says in one line what was there instead.
package bounded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"unicode/utf8"
)

// Open opens a regular file to read. Everything else is refused, and a pipe or a
// device is not opened to find that out: to open one may wait, or set it off. The
// caller may trust size to be the file's at this moment and no longer; files of
// /proc say 0.
func Open(path string) (f *os.File, size int64, err error) {
	st, err := os.Stat(path)
	if err == nil && st.Mode().IsRegular() {
		// Should another file have its name by now, to open it does not wait either.
		f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("bounded: Open: %w", err)
	}
	if f != nil {
		if st, err = f.Stat(); err != nil {
			f.Close()
			return nil, 0, fmt.Errorf("bounded: Open: %w", err)
		}
	}
	if !st.Mode().IsRegular() {
		if f != nil {
			f.Close()
		}
		return nil, 0, fmt.Errorf("bounded: Open: %s: got %s, want a regular file",
			Name(path), Kind(st.Mode()))
	}
	return f, st.Size(), nil
}

// ReadFile reads a regular file of at most limit bytes, and refuses a longer one
// before it reads it. The memory it takes is at most twice what it returns.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, size, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("bounded: ReadFile: %s: got %d bytes, want at most %d",
			Name(path), size, limit)
	}
	b := make([]byte, 0, size+1) // one more, to meet the end without growing
	for {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit: // it grew, or its size is not known
			return nil, fmt.Errorf("bounded: ReadFile: %s: got more than %d bytes, want at most as many",
				Name(path), limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, fmt.Errorf("bounded: ReadFile: %w", err)
		}
		if len(b) == cap(b) {
			grown := make([]byte, len(b), min(2*int64(cap(b))+512, limit+1))
			copy(grown, b)
			b = grown
		}
	}
}

// Kind names a type of file.
func Kind(m fs.FileMode) string {
	switch t := m.Type(); {
	case t == fs.ModeDir:
		return "a directory"
	case t == fs.ModeNamedPipe:
		return "a pipe"
	case t == fs.ModeSocket:
		return "a socket"
	case t&fs.ModeDevice != 0:
		return "a device"
	case t == 0:
		return "a file"
	}
	return "a file of mode " + m.String()
}

// most bounds what [Quote] and [Name] return of a string, in bytes of it.
const most = 80

// Quote is s in quotes, for an error: control characters and bytes that are not
// UTF-8 as escapes, and of a long s the beginning and the length.
func Quote(s string) string {
	if len(s) <= most {
		return strconv.Quote(s)
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", strconv.Quote(s[:cut]), len(s))
}

// Name is the path itself where it can stand in a line of text, and what [Quote]
// makes of it where it is empty or has characters that do not print. It is not cut.
func Name(path string) string {
	if q := strconv.Quote(path); path == "" || len(q) != len(path)+2 {
		return q
	}
	return path
}
