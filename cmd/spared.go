package cmd

import (
	"os"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/run"
)

// spared refuses to write to out where that is a checkpoint, which is what the reader takes
// for one, or one of the files that the command reads.
func spared(out string, checkpoint run.Reader, reads ...string) error {
	at, err := os.Stat(out)
	if err != nil {
		return nil // there is nothing, or what writes to it says why it cannot
	}
	for _, path := range reads {
		if read, err := os.Stat(path); err == nil && os.SameFile(at, read) {
			return &choice.Fault{Path: "out", Got: choice.Show(out), Want: "another path than what is read"}
		}
	}
	if !at.Mode().IsRegular() || !run.IsCheckpoint(out) {
		return nil
	}
	if _, err := checkpoint(out); err == nil {
		return &choice.Fault{Path: "out", Got: choice.Show(out), Want: "another path than a checkpoint's"}
	}
	return nil
}
