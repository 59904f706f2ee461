//go:build unix

package lockfile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Take holds path against other processes until Leave, or until this process ends,
// however it ends. Where another holds it the error says that it is doing that. A
// symbolic link at path is refused: what is locked, and made where it is missing, is
// in the directory.
func Take(path, doing string) (*Lock, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o666)
		if errors.Is(err, unix.ELOOP) {
			return nil, fmt.Errorf("%s is a symbolic link, want a regular file or nothing", path)
		}
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, errors.New("another process is " + doing)
			}
			return nil, err
		}
		l := &Lock{f, path}
		if held, err := l.Held(); held || err != nil {
			return l, err
		}
		f.Close() // its holder removed it between the two calls
	}
}

// Leave lets others in.
func (l *Lock) Leave() { l.f.Close() }

// Remove removes the file and lets others in.
func (l *Lock) Remove() error {
	err := os.Remove(l.path)
	l.f.Close()
	return err
}
