//go:build unix

package run

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Lock keeps other processes out of a run's directory.
type Lock struct {
	f    *os.File
	path string
}

// lock holds path against other processes until Leave, or until this process ends,
// however it ends. A symbolic link at path is refused: what is locked, and made
// where it is missing, is in the run's directory.
func lock(path string) (*Lock, error) {
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
			return nil, errors.New("another process is training in it")
		}
		return nil, err
	}
	return &Lock{f, path}, nil
}

// Leave lets others in.
func (l *Lock) Leave() { l.f.Close() }
