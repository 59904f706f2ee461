// Package atomicfile writes files that are either whole or absent.
//
// A reader of the final name sees the old file or the new one, never a part of
// either, whatever fails and whenever the machine stops:
//
//	write to .NAME.stillfield-<random>.tmp in the same directory
//	fsync the file          its bytes are on the disk before its name is
//	rename onto NAME        one directory operation, which POSIX makes atomic
//	fsync the directory     the new name is on the disk before Write returns
//
// On any error the temporary is removed and what stood under NAME is untouched.
// Only a killed process leaves a temporary behind; [Sweep] removes it later.
//
// # What may stand at the path
//
// Only an absent name or a regular file is renamed over. A device, a pipe and an
// open descriptor (/dev/null, a fifo, /dev/stdout) are opened and written as the
// shell's > would, for to rename over one would put a file in its place; such a
// write is not atomic. A directory is refused. [Write] follows a symbolic link to
// what it points at, there or not, and replaces that, so the link stays; [Replace]
// follows none.
//
// # Permissions
//
// What is made is an ordinary new file or directory: 0666 or 0777 without the bits
// of the umask, with the group and the access list that the directory hands down.
// The permissions of a file that is replaced are not kept.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write creates path, or replaces what is there, with what write writes. It is for
// a path that the user named: links are followed, and devices and pipes written
// through. To open a pipe waits for its reader. Directories that are missing are
// made, and stay when the write fails. The writer that write gets is unbuffered; an
// error of write is returned as it is. When only the last step, the sync of a
// directory, fails, the new file is in place and the error says so.
func Write(path string, write func(io.Writer) error) error {
	t, err := resolve(path)
	if err != nil {
		return err
	}
	if t.through {
		f, err := t.open()
		if err != nil {
			return fmt.Errorf("atomicfile: Write: %w", err)
		}
		return errors.Join(write(f), f.Close())
	}
	return replace(t.path, write)
}

// Replace is [Write] for a name that the program chose, in a directory that it
// keeps: nothing is ever written outside of that directory. A link at path is
// replaced and not followed; a device, a pipe and a directory are refused.
func Replace(path string, write func(io.Writer) error) error {
	st, err := os.Lstat(path)
	if err == nil && !st.Mode().IsRegular() && st.Mode().Type() != fs.ModeSymlink {
		return fmt.Errorf("atomicfile: Replace: %s: got %v, want a regular file or nothing",
			path, st.Mode().Type())
	}
	return replace(path, write)
}

func replace(path string, write func(io.Writer) error) (err error) {
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	placed := false
	defer func() {
		if !placed {
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
	if err := rename(f, path); err != nil {
		return err
	}
	placed = true
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("atomicfile: Write: %s is written but may not survive a power failure: %w",
			path, err)
	}
	return nil
}

// makeDir makes dir and the directories it is in, as far as they are missing, each
// on the disk before it returns.
func makeDir(dir string) error {
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDir(parent); err != nil {
			return err
		}
	}
	err := os.Mkdir(dir, 0o777)
	if st, statErr := os.Stat(dir); statErr == nil && st.IsDir() { // made now, or by another since
		return syncDir(parent)
	}
	return err
}

// syncDir makes the names in dir durable. Windows has no such call: there the
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
