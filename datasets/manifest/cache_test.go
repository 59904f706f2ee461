package manifest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// one is what Of finds of a file, and how often it had to.
func one(t *testing.T, path string, times *int) {
	t.Helper()
	got, err := Of("test 1", []string{path}, func() (string, error) {
		*times++
		text, err := os.ReadFile(path)
		return string(text), err
	})
	if text, _ := os.ReadFile(path); err != nil || got != string(text) {
		t.Errorf("got %q, %v; want %q", got, err, text)
	}
}

// A manifest that is damaged anywhere, or is another file, is never believed: it is made anew,
// and that is said.
func TestDamaged(t *testing.T) {
	cache, told := watched(t)
	path := filepath.Join(t.TempDir(), "x")
	write(t, path, "one", before)
	times := 0
	one(t, path, &times)
	files, err := filepath.Glob(filepath.Join(cache, "manifests", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("manifests %v, %v; want one", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{nil, []byte("{}\n"), append([]byte("\n"), whole...), bytes.Repeat([]byte("x"), 1<<16)}
	for i := range whole {
		other := bytes.Clone(whole)
		other[i] ^= 1
		damaged = append(damaged, whole[:i], other)
	}
	for _, text := range damaged {
		if bytes.Equal(text, whole[:len(whole)-1]) {
			continue // its last line is whole but for the end of it
		}
		if err := os.WriteFile(files[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		*told, times = nil, 0
		one(t, path, &times)
		if times == 1 && len(*told) == 1 && strings.Contains((*told)[0], files[0]) {
			continue
		}
		t.Fatalf("%q: read %d times, told %q; want once", text, times, *told)
	}
	times = 0
	if one(t, path, &times); times != 0 {
		t.Error("a damaged manifest was not made anew")
	}
}

// A cache that cannot be written is said once, and the facts are found every time.
func TestUnwritable(t *testing.T) {
	_, toldOf := watched(t)
	told.Store(false)
	defer told.Store(false)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "no directory", before)
	t.Setenv("STILLFIELD_CACHE", file)
	times := 0
	for range 3 {
		one(t, file, &times)
	}
	if times != 3 || len(*toldOf) != 1 || !strings.Contains((*toldOf)[0], "cannot be kept") {
		t.Errorf("read %d times, told %q; want 3 and one line", times, *toldOf)
	}
	t.Setenv("STILLFIELD_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	one(t, file, &times)
}

// Of few bytes no manifest is written, and the manifest is in the user's directory of caches.
func TestPlace(t *testing.T) {
	watched(t)
	home := t.TempDir()
	t.Setenv("STILLFIELD_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", home)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, strings.Repeat("x", 1<<10), before)
	for _, tt := range []struct {
		least int64
		want  int
	}{{1<<10 + 1, 0}, {1 << 10, 1}} {
		least = tt.least
		times := 0
		one(t, file, &times)
		files, err := filepath.Glob(filepath.Join(home, "stillfield", "manifests", "*.jsonl"))
		if err != nil || len(files) != tt.want {
			t.Errorf("at least %d bytes: manifests %v, %v; want %d", tt.least, files, err, tt.want)
		}
	}
}

// Any number of processes may find one fact at once.
func TestTogether(t *testing.T) {
	_, told := watched(t)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "one", before)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				got, err := Of("test 1", []string{file}, func() (string, error) { return "one", nil })
				if got != "one" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if len(*told) > 0 {
		t.Errorf("told %q", *told)
	}
}

// FuzzRead holds that no text of a manifest does more than to be refused.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"layout":"stillfield manifest 1","what":"test 1"}
{"names":["/x"],"stamps":[{"size":3,"modified":1,"inode":2}],"value":"one"}
{"entries":1,"crc32c":1}
`))
	f.Fuzz(func(t *testing.T, text []byte) {
		old, err := read[string](bytes.NewReader(text), "test 1")
		if err != nil && old != nil {
			t.Errorf("got %v with the error %v", old, err)
		}
	})
}
