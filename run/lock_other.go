//go:build !unix

package run

import (
	"errors"
	"io/fs"
	"os"
)

// Lock keeps other processes out of a run's directory.
type Lock struct {
	f    *os.File
	path string
}

// lock makes path and holds it until Leave removes it. Where a process was killed
// the file stays, and the error says to remove it.
func lock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, errors.New("another process is training in it; if none is, remove " + path)
	}
	if err != nil {
		return nil, err
	}
	return &Lock{f, path}, nil
}

// Leave lets others in.
func (l *Lock) Leave() { l.f.Close(); os.Remove(l.path) }
