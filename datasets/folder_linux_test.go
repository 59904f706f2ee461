package datasets

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe among the pictures is not opened, for nobody writes to it; a picture that may not be read
// is named.
func TestFolderOfOddFiles(t *testing.T) {
	dir := grow(t, map[string][]byte{"a.png": pngOf(t, 4, 4, 1, false)})
	if err := syscall.Mkfifo(filepath.Join(dir, "b.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := openPictures(dir, nil)
	if err != nil || src.Info().Count != 1 {
		t.Fatalf("%v, error %v, want one picture", src, err)
	}
	if note := Notes(src)[0]; !strings.HasSuffix(note,
		"1 that are no pictures, like b.png") {
		t.Errorf("note %q", note)
	}
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	if err := os.Chmod(filepath.Join(dir, "a.png"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := openPictures(dir, nil); err == nil || !strings.HasSuffix(err.Error(),
		"a.png: open: permission denied") {
		t.Errorf("a picture without permission: error %v", err)
	}
}
