// Package atomicfile writes files that are either whole or absent.
//
// A reader of the final name sees the old file or the new one, never a part of
// either, whatever fails and whenever the machine stops:
//
//	write to .NAME.<random>.tmp in the same directory
//	fsync the file          its bytes are on the disk before its name is
//	rename onto NAME        one directory operation, which POSIX makes atomic
//	fsync the directory     the new name is on the disk before Write returns
//
// On any error the temporary is removed and what stood under NAME is untouched.
// Only a killed process leaves a temporary behind: a dot file ending in .tmp.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write creates path, or replaces it, with what write writes. The writer it
// passes is unbuffered. A symbolic link at path is replaced, not followed. If
// write fails, its error is returned as it is. When only the last step, the sync
// of the directory, fails, the new file is in place and the error says so.
func Write(path string, write func(io.Writer) error) (err error) {
	f, err := create(path)
	if err != nil {
		return err
	}
	defer func() {
		if f != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	f = nil
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("atomicfile: Write: %s is written but may not survive a power failure: %w", path, err)
	}
	return nil
}

// Probe says now what would keep Write from making path: a directory that is not
// there or not ours to write in, or one in path's place. It leaves nothing behind.
// A disk that is full, or the path's fate until then, it cannot know.
func Probe(path string) error {
	if i, err := os.Stat(path); err == nil && i.IsDir() {
		return fmt.Errorf("atomicfile: Probe: %s is a directory, want a file or nothing", path)
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// create opens a new temporary beside path, with the permissions an ordinary
// new file has under the process's umask (os.CreateTemp would make it private).
func create(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	if base == "" || base == "." || base == ".." {
		return nil, fmt.Errorf("atomicfile: path %q does not name a file", path)
	}
	for tries := 0; ; tries++ {
		name := filepath.Join(dir, "."+base+"."+rand.Text()[:10]+".tmp")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || tries == 100 || !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// syncDir makes renames in dir durable. Windows has no such call: there the
// file system's journal orders the rename.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
