//go:build !unix

package atomicfile

import (
	"errors"
	"os"
)

const noFollow = 0

// lock always succeeds: Windows does not remove a file that a process has open,
// which is all the lock is for.
func lock(*os.File) outcome { return locked }

// rename puts f under path after closing it: an open file cannot be renamed.
func rename(f *os.File, path string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func remove(f *os.File) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(f.Name())
}

func duplicate(int, string) (*os.File, error) {
	return nil, errors.New("atomicfile: descriptors have no names here")
}

func writable(string) error { return nil }
