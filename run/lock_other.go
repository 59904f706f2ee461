//go:build !unix

package run

import (
	"errors"
	"io/fs"
	"os"
)

// lock makes path and holds it until unlock removes it. Where a process was
// killed the file stays, and the error says to remove it.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, errors.New("another process is training in it; if none is, remove " + path)
	}
	if err != nil {
		return nil, err
	}
	return func() { f.Close(); os.Remove(path) }, nil
}
