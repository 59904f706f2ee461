package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzRead: no panic; what is read can be written and read again.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*.npy")
	if err != nil || len(names) == 0 {
		f.Fatal("no files to begin with: ", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, a); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&b)
		if err != nil || !cmp.Equal(a.Shape, again.Shape) || len(a.Data) != len(again.Data) {
			t.Fatalf("shape %d came back as %v (%v)", a.Shape, again, err)
		}
		for i, v := range a.Data {
			if math.Float32bits(v) != math.Float32bits(again.Data[i]) {
				t.Fatalf("element %d was %v and came back as %v", i, v, again.Data[i])
			}
		}
	})
}
