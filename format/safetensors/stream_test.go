package safetensors

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// parts gives v so many elements at a time.
func parts(v []float32, n int) func(use func([]float32) error) error {
	return func(use func([]float32) error) error {
		for part := range slices.Chunk(v, n) {
			if err := use(part); err != nil {
				return err
			}
		}
		return nil
	}
}

// Arrays that come in parts give the bytes of arrays in memory; one that has not what its
// shape says, or cannot be read, leaves no file.
func TestWriteStreams(t *testing.T) {
	const n = chunkBytes/4 + 7
	tensors := []Tensor{{"b", []int{n}, ramp(n)}, {"a", []int{2, 3}, ramp(6)}}
	var want bytes.Buffer
	if err := Write(&want, map[string]string{"step": "7"}, tensors); err != nil {
		t.Fatal(err)
	}
	lost := errors.New("disk lost")
	for _, tt := range []struct {
		name string
		each func(use func([]float32) error) error
		err  string // "" for none
	}{
		{"one by one", parts(ramp(6), 1), ""}, {"four by four", parts(ramp(6), 4), ""},
		{"too few", parts(ramp(5), 2), `tensor "a": shape [2 3] has 6 elements, Each gave 5`},
		{"too many", parts(ramp(7), 7), `tensor "a": shape [2 3] has 6 elements, Each gave 7`},
		{"lost", func(func([]float32) error) error { return lost }, "disk lost"},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		err := WriteStreams(path, map[string]string{"step": "7"}, []Stream{
			{Name: "a", Shape: []int{2, 3}, Each: tt.each},
			{Name: "b", Shape: []int{n}, Each: parts(ramp(n), 1000)}})
		got, _ := os.ReadFile(path)
		switch {
		case tt.err == "" && (err != nil || !bytes.Equal(got, want.Bytes())):
			t.Errorf("%s: %v, %d bytes, want the %d of Write", tt.name, err, len(got), want.Len())
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || got != nil):
			t.Errorf("%s: %v, want %q and no file", tt.name, err, tt.err)
		}
	}
}
