package train

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/run"
)

// A run passes over what it cannot read, says so, and goes on from the newest
// checkpoint that is whole; one that cannot be read is neither counted among
// those kept nor removed.
func TestNewest(t *testing.T) {
	whole := t.TempDir()
	want := content(t, trained(t, whole, parse(t, "log.keep=1")).Checkpoint)

	dir := t.TempDir()
	if err := stopped(t, dir, parse(t), 10); err == nil {
		t.Fatal("the run was not stopped")
	}
	torn := run.CheckpointPath(dir, 27)
	if err := os.WriteFile(torn, want[:len(want)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(run.CheckpointPath(dir, 10), flip(content(t, dir, checkpointDir,
		"step-000000010.safetensors"), -9), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step-99.safetensors", "step-000000099.safetensors.tmp",
		"step-00000009x.safetensors", "notes"} {
		if err := os.WriteFile(filepath.Join(dir, checkpointDir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := parse(t, "log.keep=1")
	var skipped []string
	begun := -1
	r, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{
		Skipped: func(err error) { skipped = append(skipped, err.Error()) },
		Begin:   func(step int) { begun = step },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 2 || !strings.Contains(skipped[0], torn+": file truncated") ||
		!strings.Contains(skipped[1], "checksum") {
		t.Errorf("passed over: %q", skipped)
	}
	if begun != 5 || !bytes.Equal(content(t, r.Checkpoint), want) {
		t.Errorf("it went on from step %d, to another end: %v", begun, !bytes.Equal(content(t, r.Checkpoint),
			want))
	}
	left := strings.Join(names(t, dir, checkpointDir), " ")
	if left != "notes step-000000020.safetensors step-000000027.safetensors "+
		"step-000000099.safetensors.tmp step-00000009x.safetensors step-99.safetensors" {
		t.Errorf("checkpoints: %s", left)
	}
}

// Checkpoints none of which can be read are not a run that starts again.
func TestNoneReadable(t *testing.T) {
	dir, c := t.TempDir(), parse(t)
	if err := stopped(t, dir, c, 5); err == nil {
		t.Fatal("the run was not stopped")
	}
	path := run.CheckpointPath(dir, 5)
	if err := os.Truncate(path, 30); err != nil {
		t.Fatal(err)
	}
	_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
	want := "run: " + dir + ": none of its 1 checkpoints can be read, the newest because of run: " +
		"checkpoint: safetensors: " + path
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if b := content(t, path); len(b) != 30 {
		t.Errorf("the file has %d bytes now", len(b))
	}
	for path, want := range map[string]string{
		t.TempDir():                    "no checkpoint",
		filepath.Join(dir, "none"):     "no such run or checkpoint",
		filepath.Join(dir, configFile): "not a safetensors file",
	} {
		if _, _, err := run.Newest(path, run.Load); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

// flip changes byte i, from the end if i is negative.
func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[(i+len(b))%len(b)] ^= 0x40
	return b
}
