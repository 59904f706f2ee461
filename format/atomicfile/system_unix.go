//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// noFollow has an open fail at a link, and not wait for a pipe.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// lock takes the lock of an open file, without waiting. It lasts until the file is
// closed by every process that has it open from here: until the process ends.
func lock(f *os.File) outcome {
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case err == nil:
		return locked
	case errors.Is(err, unix.EWOULDBLOCK):
		return held
	}
	return unknown
}

// rename puts f under path and closes it, in this order: its lock holds until it
// has its name.
func rename(f *os.File, path string) error {
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

func remove(f *os.File) error { return os.Remove(f.Name()) }

// duplicate is a second descriptor of an open file, with its place in it.
func duplicate(n int, name string) (*os.File, error) {
	d, err := unix.FcntlInt(uintptr(n), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "dup", Path: name, Err: err}
	}
	return os.NewFile(uintptr(d), name), nil
}

// writable reports what keeps this process from opening path to write.
func writable(path string) error {
	return unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS)
}
