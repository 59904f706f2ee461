package npy

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file that is read in parts is the file that is read at once, whatever its type and order.
func TestFileInParts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.npy")
	if err != nil || len(names) == 0 {
		t.Fatal("no files: ", err)
	}
	for _, name := range names {
		whole, wantErr := ReadFile(name)
		f, err := Open(name)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: in parts %v, at once %v", name, err, wantErr)
		}
		if err != nil {
			continue
		}
		if f.Len() != len(whole.Data) || !cmp.Equal(f.Shape, whole.Shape) {
			t.Errorf("%s: %d elements of shape %d, want %d of %d", name, f.Len(), f.Shape, len(whole.Data),
				whole.Shape)
		}
		var readers sync.WaitGroup
		for from := range f.Len() + 1 {
			readers.Go(func() {
				for to := from; to <= f.Len(); to++ {
					got := make([]float32, to-from)
					err := f.ReadFloat32At(got, from)
					if err != nil || !slices.Equal(got, whole.Data[from:to]) {
						t.Errorf("%s: elements %d to %d: %v, %v", name, from, to, got, err)
						return
					}
				}
			})
		}
		readers.Wait()
		for _, at := range []int{-1, f.Len(), f.Len() + 1} {
			if f.ReadFloat32At(make([]float32, 1), at) == nil {
				t.Errorf("%s: element %d of %d is read", name, at, f.Len())
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What [Read] refuses, NewFile refuses, except elements, which it has not read yet.
func TestNewFileRefuses(t *testing.T) {
	for _, tt := range readCases {
		f, err := NewFile(bytes.NewReader(tt.file), int64(len(tt.file)), "x.npy")
		if err == nil && tt.want != "" {
			err = f.ReadFloat32At(make([]float32, f.Len()), 0)
		}
		// A shape that has more elements than may be read at once has more bytes than the file.
		many := strings.Contains(tt.want, "elements, want at most")
		if tt.want == "" && err != nil || tt.want != "" && err == nil ||
			err != nil && !many && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	long := append(f4("(2,)", 8), 0)
	if _, err := NewFile(bytes.NewReader(long), int64(len(long)), "x.npy"); err == nil ||
		!strings.Contains(err.Error(), "bytes follow") {
		t.Errorf("a byte behind the array: %v", err)
	}
	fortran := f4("(2, 1000000)", 0)
	fortran = bytes.Replace(fortran, []byte("False"), []byte("True "), 1)
	if got := allocated(func() {
		if _, err := NewFile(bytes.NewReader(fortran), int64(len(fortran)), "x.npy"); err == nil {
			t.Error("8 MB that are not there are reordered")
		}
	}); got > 1<<16 {
		t.Errorf("%d bytes allocated for a file of %d", got, len(fortran))
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// holes is a file of zeros behind what is there, of any size.
type holes []byte

func (h holes) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	copy(b, h[min(at, int64(len(h))):])
	return len(b), nil
}

// An array larger than memory costs nothing; one in Fortran order is refused beyond its bound.
func TestLargeFiles(t *testing.T) {
	head := f4("(1000000000000, 28, 28)", 0)
	size := int64(len(head)) + 4*784e12
	if got := allocated(func() {
		f, err := NewFile(holes(head), size, "x.npy")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.ReadFloat32At(make([]float32, 784), 784*(1e12-1)); err != nil {
			t.Error(err)
		}
	}); got > 1<<16 {
		t.Errorf("%d bytes allocated", got)
	}
	head = bytes.Replace(head, []byte("False"), []byte("True "), 1)
	_, err := NewFile(holes(head), size, "x.npy")
	if err == nil || !strings.Contains(err.Error(), "numpy.ascontiguousarray") {
		t.Errorf("3 PB in Fortran order: %v", err)
	}
}

// A file that shrinks while it is read is an error of the element that is not there.
func TestFileShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := os.WriteFile(path, f4("(4, 2)", 32), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, int64(len(f4("", 0))+len("(4, 2)")+13)); err != nil {
		t.Fatal(err)
	}
	err = f.ReadFloat32At(make([]float32, 4), 2)
	if err == nil || !strings.Contains(err.Error(), path+": element 3: file truncated while it was read") {
		t.Error(err)
	}
}
