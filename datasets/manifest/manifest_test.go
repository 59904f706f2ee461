package manifest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// before is a time of modification that is long past.
var before = time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC)

// watched makes a directory of manifests for the test, of which each is written however few bytes
// it is about, and returns what Watch is told.
func watched(t *testing.T) (dir string, told *[]string) {
	t.Helper()
	dir, told = t.TempDir(), new([]string)
	t.Setenv("STILLFIELD_CACHE", dir)
	was, wasLeast := Watch, least
	t.Cleanup(func() { Watch, least = was, wasLeast })
	least = 0
	Watch.Trouble = func(err error) { *told = append(*told, err.Error()) }
	return dir, told
}

// write makes a file with a time of modification.
func write(t *testing.T, path, text string, modified time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

// found is a fact with every kind of value.
type found struct {
	Sum  [sha256.Size]byte
	Text string
	Lo   float32
}

// reader counts what it reads of a directory.
type reader struct {
	dir   string
	names []string
	reads chan string
}

func newReader(dir string, names ...string) *reader {
	return &reader{dir, names, make(chan string, 100)}
}

func (r *reader) each(t *testing.T) ([]found, error) {
	t.Helper()
	return Each("test 1", r.dir, r.names, func(i int) (found, error) {
		r.reads <- r.names[i]
		text, err := os.ReadFile(filepath.Join(r.dir, r.names[i]))
		return found{sha256.Sum256(text), string(text), .1}, err
	})
}

// read are the files that were read since it was asked last, in order.
func (r *reader) read() (names []string) {
	for len(r.reads) > 0 {
		names = append(names, <-r.reads)
	}
	slices.Sort(names)
	return names
}

// Only what is new or has another size, time or inode is read again, and every fact is that of the
// file as it is.
func TestEach(t *testing.T) {
	_, told := watched(t)
	dir := t.TempDir()
	names := []string{"a", "b\xff", `"c"`, "d/e"}
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		write(t, filepath.Join(dir, n), fmt.Sprintf("one %q", n), before)
	}
	r := newReader(dir, names...)
	check := func(what string, want ...string) {
		t.Helper()
		facts, err := r.each(t)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range facts {
			text, err := os.ReadFile(filepath.Join(dir, r.names[i]))
			if f != (found{sha256.Sum256(text), string(text), .1}) || err != nil {
				t.Errorf("%s: %s: got %+v, want that of %q", what, r.names[i], f, text)
			}
		}
		slices.Sort(want)
		if got := r.read(); !slices.Equal(got, want) {
			t.Errorf("%s: read %q, want %q", what, got, want)
		}
	}
	check("at first", names...)
	check("again")
	write(t, filepath.Join(dir, "a"), "longer than it was", before)
	check("another size", "a")
	write(t, filepath.Join(dir, "d/e"), "two d/e", before.Add(1))
	check("another time", "d/e")
	write(t, filepath.Join(dir, "new"), "two b", before)
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "b\xff")); err != nil {
		t.Fatal(err)
	}
	check("another inode", "b\xff")
	write(t, filepath.Join(dir, "f"), "late", time.Now())
	r.names = append(r.names, "f")
	check("a file more", "f")
	check("which has just been written", "f") // and may be again, at the same time
	r.names = r.names[:2]
	check("fewer")
	if len(*told) > 0 {
		t.Errorf("told %q", *told)
	}
}

// A file that changes while it is read is named, whatever changes.
func TestChangesWhileRead(t *testing.T) {
	watched(t)
	for _, tt := range []struct {
		name   string
		change func(path string)
		want   string
	}{
		{"grows", func(p string) { write(t, p, "longer", before) }, "it has 6 bytes, and had 3 when"},
		{"is written to", func(p string) { write(t, p, "two", before.Add(1)) }, "it was written to after"},
		{"is replaced", func(p string) {
			write(t, p+".new", "two", before)
			os.Rename(p+".new", p)
		}, "it is another than"},
		{"is removed", func(p string) { os.Remove(p) }, "no such file or directory: it was there when"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x")
			write(t, path, "one", before)
			_, err := Of("test 1", []string{path}, func() (int, error) {
				tt.change(path)
				return 1, nil
			})
			if err == nil || !strings.HasPrefix(err.Error(), "manifest: ") ||
				!strings.Contains(err.Error(), path+": ") || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %s and %q", err, path, tt.want)
			}
		})
	}
}

// The fault of several is that of the first file, however many read at once, and nothing of it
// is kept.
func TestFirstFault(t *testing.T) {
	cache, _ := watched(t)
	dir := t.TempDir()
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("%02d", i))
		write(t, filepath.Join(dir, names[i]), "x", before)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	for range 20 {
		_, err := Each("test 1", dir, names, func(i int) (int, error) {
			runtime.Gosched()
			if i%7 == 3 {
				return 0, errors.New(names[i])
			}
			return i, nil
		})
		if err == nil || err.Error() != "03" {
			t.Fatalf("got %v, want 03", err)
		}
	}
	if _, err := os.Stat(filepath.Join(cache, "manifests")); err == nil {
		t.Error("a manifest was written")
	}
	if _, err := Of("test 1", []string{dir}, func() (int, error) { return 1, nil }); err == nil ||
		err.Error() != "manifest: "+dir+": got a directory, want a regular file" {
		t.Errorf("got %v", err)
	}
}
