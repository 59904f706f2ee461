package cmd

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/stillfield/stillfield/memory"
)

// More than there is memory for is refused in one line, before a run is made or a
// point is drawn.
func TestMoreThanThereIs(t *testing.T) {
	if _, ok := memory.Least(); !ok {
		t.Skip("this system does not say how much memory it has")
	}
	inTemp(t)
	const n = "1073741824"
	o := program(t, "train", "tiny.yaml", "--set", "sample.n="+n)
	_, said, _ := strings.Cut(o.stderr, "error: ")
	wants(t, "train", said, "sample: Run: "+n+" points of 64 coordinates, 64 at a time: want ")
	if _, err := os.Stat("runs"); err == nil || o.status != 1 || strings.Count(said, "\n") != 1 {
		t.Errorf("%+v", o)
	}
	o = program(t, "train", "tiny.yaml", "--set", "model.depth=64", "--set", "batch=1048576", "--set",
		"accumulate=1048576")
	_, said, _ = strings.Cut(o.stderr, "error: ")
	wants(t, "parts", said, "graph: Compile: 1048576 parts of ", " nodes each: want ")
	if o.status != 1 || strings.Count(said, "\n") != 1 {
		t.Errorf("%+v", o)
	}
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(".", &disk); err != nil || disk.Bavail*uint64(disk.Bsize) > 500e9 {
		t.Skip("this disk has room for ", n, " samples, ", err)
	}
	o = program(t, "sample", "runs/tiny", "-n", n, "--out", "out")
	_, said, _ = strings.Cut(o.stderr, "error: ")
	wants(t, "sample", said, "sample: out: "+n+
		" samples of 64 coordinates: want 575525617664 bytes, the disk has ")
	if o.status != 1 || o.stdout != "" || strings.Count(said, "\n") != 1 {
		t.Errorf("%+v", o)
	}
}
