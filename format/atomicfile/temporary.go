package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// ours matches the name of a temporary: the mark and 50 random bits tell it from
// every other program's.
var ours = regexp.MustCompile(`^\..+\.stillfield-[A-Z2-7]{10}\.tmp$`)

// mostBase bounds the part of a temporary's name that it has from the file's, in
// bytes: file systems take 255 in all.
const mostBase = 200

// create opens a new temporary beside path, with the permissions that an ordinary
// new file has (os.CreateTemp would make it private), and locks it for as long as
// it is open, so that no [Sweep] takes it for a dead process's.
func create(path string) (*os.File, error) {
	dir, base := filepath.Split(path)
	if base == "" || base == "." || base == ".." {
		return nil, fmt.Errorf("atomicfile: path %q does not name a file", path)
	}
	base = base[:min(len(base), mostBase)]
	for tries := 0; ; tries++ {
		name := filepath.Join(dir, "."+base+".stillfield-"+rand.Text()[:10]+".tmp")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil && !hold(f) {
			err = fs.ErrExist // a Sweep was faster
			f.Close()
		}
		if err == nil || tries == 100 || !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// hold locks a new temporary and reports whether it is still there: a [Sweep] may
// have come between its making and the lock. Where there are no locks, no Sweep
// removes anything either.
func hold(f *os.File) bool {
	if lock(f) == held {
		return false
	}
	a, err1 := f.Stat()
	b, err2 := os.Lstat(f.Name())
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

// Sweep removes from dir, and not from directories in it, the temporaries that
// killed processes have left, and returns their paths. A file is removed only if
// it has the name of a temporary, is a regular file, and no process holds its
// lock, which ends with the process however that ends; what cannot be opened,
// locked or removed is not ours and stays. A dir that does not exist holds none.
func Sweep(dir string) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("atomicfile: Sweep: %w", err)
	}
	for _, e := range entries {
		if !ours.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if path := filepath.Join(dir, e.Name()); sweep(path) {
			removed = append(removed, path)
		}
	}
	return removed, nil
}

// sweep removes one temporary and reports whether it did.
func sweep(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if err != nil {
		return false
	}
	defer f.Close() // after the removal: until then its maker cannot have the lock
	return lock(f) == locked && remove(f) == nil
}

// The outcomes of lock.
type outcome int

const (
	locked  outcome = iota
	held            // by another process
	unknown         // there are no locks here
)
