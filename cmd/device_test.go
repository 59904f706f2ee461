package cmd

import (
	"path/filepath"
	"strings"
	"testing"
)

// A device that cannot be opened is no device, and train says why in a line.
func TestOpenDevice(t *testing.T) {
	for _, tt := range []struct {
		name    string
		workers int
	}{{"cuda:99", 0}, {"cpu", -1}} {
		if dev, err := openDevice(tt.name, tt.workers); err == nil || dev != nil {
			t.Errorf("%s, %d workers: got %v and %v, want nil and an error", tt.name, tt.workers, dev, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	o := program(t, "train", "digits-eqm", "--device", "cuda:99", "--steps", "1", "--run", dir)
	if o.status != 1 || strings.Count(o.stderr, "error: ") != 1 {
		t.Errorf("status %d, said %s", o.status, o.stderr)
	}
}
