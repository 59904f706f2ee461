// Package lockfile keeps other processes out of a directory: one holds a file in it.
package lockfile

import "os"

// Lock is a file that this process holds.
type Lock struct {
	f    *os.File
	path string
}

// Held reports whether the file that was taken is still at its path: whoever removed it,
// or the whole directory, may have let another process in.
func (l *Lock) Held() (bool, error) {
	mine, err := l.f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Lstat(l.path)
	return err == nil && os.SameFile(mine, there), nil
}

// Path is where the file is.
func (l *Lock) Path() string { return l.path }
