package run

import (
	"fmt"

	"github.com/stillfield/stillfield/format/lockfile"
)

// Lock keeps other processes out of a run's directory.
type Lock struct{ file *lockfile.Lock }

// lock holds path until Leave.
func lock(path string) (*Lock, error) {
	f, err := lockfile.Take(path, "training in it")
	if err != nil {
		return nil, err
	}
	return &Lock{f}, nil
}

// Leave lets others in.
func (l *Lock) Leave() { l.file.Leave() }

// Held reports, as an error, that the file which keeps others out is no longer at
// its path: whoever removed it, or the whole directory, may have let another process
// in.
func (l *Lock) Held() error {
	held, err := l.file.Held()
	if err != nil {
		return fmt.Errorf("run: lock: %w", err)
	}
	if !held {
		return fmt.Errorf("run: lock: %s was removed or replaced under the run: "+
			"another process may train in the directory", l.file.Path())
	}
	return nil
}
