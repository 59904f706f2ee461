//go:build !unix

package lockfile

import (
	"errors"
	"io/fs"
	"os"
)

// Take makes path and holds it until Leave removes it. Where another process holds it the
// error says that it is doing that. Where one was killed the file stays, and the error
// says to remove it.
func Take(path, doing string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, errors.New("another process is " + doing + "; if none is, remove " + path)
	}
	if err != nil {
		return nil, err
	}
	return &Lock{f, path}, nil
}

// Leave lets others in.
func (l *Lock) Leave() { l.Remove() }

// Remove removes the file and lets others in.
func (l *Lock) Remove() error {
	l.f.Close()
	return os.Remove(l.path)
}
