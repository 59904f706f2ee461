// Package spill gives random access to what can only be read from its beginning, such as a
// compressed file: it is copied, once, to a file in the directory for temporary files
// ($TMPDIR, else /tmp), which has no name where the system allows that, and so is gone when
// the process is, however that ends.
package spill

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// File is the copy. Its ReadAt may be called from several goroutines at once.
type File struct {
	*os.File
	Size int64
	name string // to be removed by Close, "" where that is done
}

// New copies r to its end, which must come within limit bytes: a longer r is refused as soon
// as it is known to be one, and what has been copied is removed. The memory it takes is 32 KB.
func New(r io.Reader, limit int64) (*File, error) {
	tmp, err := os.CreateTemp("", "stillfield-*")
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	f := &File{File: tmp}
	if os.Remove(tmp.Name()) != nil {
		f.name = tmp.Name()
	}
	f.Size, err = io.Copy(tmp, io.LimitReader(r, limit+1))
	var full *os.PathError
	switch {
	case errors.As(err, &full) && full.Op == "write":
		err = fmt.Errorf("spill: %d bytes are copied to %s: %w; TMPDIR names another directory", f.Size,
			os.TempDir(), err)
	case err != nil: // of r, which says what it is
	case f.Size > limit:
		err = fmt.Errorf("spill: got more than %d bytes, want at most as many", limit)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close gives the room back.
func (f *File) Close() error {
	err := f.File.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.name))
	}
	return err
}
