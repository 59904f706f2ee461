package run

import (
	"fmt"
	"os"
)

// Held reports, as an error, that the file which keeps others out is no longer at
// its path: whoever removed it, or the whole directory, may have let another process
// in.
func (l *Lock) Held() error {
	mine, err := l.f.Stat()
	if err != nil {
		return fmt.Errorf("run: lock: %w", err)
	}
	there, err := os.Lstat(l.path)
	if err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("run: lock: %s was removed or replaced under the run: "+
			"another process may train in the directory", l.path)
	}
	return nil
}
