package run

import (
	"fmt"
	"os"
	"path/filepath"
)

// Keeper removes the checkpoints of a run that are no longer kept.
type Keeper struct {
	run   string
	whole map[string]bool // what is known of a path: that it can be read, or that it cannot
}

// NewKeeper is for a run whose newest checkpoint that is whole is at path, "" for
// none.
func NewKeeper(run, path string) *Keeper {
	k := &Keeper{run, map[string]bool{}}
	if path != "" {
		k.Saved(path)
	}
	return k
}

// Saved tells of a checkpoint that has just been written or read.
func (k *Keeper) Saved(path string) { k.whole[path] = true }

// Prune removes all but the newest keep checkpoints of a run that is at step. Those
// that cannot be read are not counted among these and stay; each is read once to find
// out. Checkpoints of later steps are another process's, and are left alone.
func (k *Keeper) Prune(step, keep int) error {
	paths, err := Checkpoints(k.run)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if stepOf(filepath.Base(p)) > step || !k.isWhole(p) {
			continue
		}
		if keep--; keep >= 0 {
			continue
		}
		if err := os.Remove(p); err != nil {
			return fmt.Errorf("run: checkpoint: %w", err)
		}
		delete(k.whole, p)
	}
	return nil
}

// isWhole reports whether a checkpoint could be gone on with.
func (k *Keeper) isWhole(path string) bool {
	whole, known := k.whole[path]
	if !known {
		_, err := named(path, Verify)
		whole = err == nil
		k.whole[path] = whole
	}
	return whole
}
