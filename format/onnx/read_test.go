package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What is written is read as it was, from one file and with numbers beside it.
func TestRead(t *testing.T) {
	want := small()
	same := cmp.Options{cmpopts.IgnoreUnexported(Tensor{}), cmpopts.EquateEmpty()}
	for name, most := range map[string]int{"whole": Most, "beside": 16} {
		path := filepath.Join(t.TempDir(), "a.onnx")
		if err := WriteFile(path, small(), most); err != nil {
			t.Fatal(err)
		}
		got, sum, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if _, other, _ := ReadFile(path); other != sum || sum == [32]byte{} {
			t.Errorf("%s: got sums %x and %x", name, sum, other)
		}
	}
}

// A tensor whose numbers are not there is refused before room is made for them, and so is a
// file that is not beside the model.
func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	graph := func(tensor []byte) []byte { return message(nil, modelGraph, message(nil, graphWeight, tensor)) }
	outside := func(name string) []byte {
		place := message(number(number(nil, tensorDims, 2), tensorType, 1), tensorOutside,
			text(text(nil, entryKey, "location"), entryValue, name))
		return graph(number(place, tensorPlace, placeIsOutside))
	}
	if err := os.WriteFile(filepath.Join(dir, "few"), make([]byte, 7), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		b    []byte
		want string
	}{
		{nil, "got no graph"},
		{[]byte("not a model"), "no message"},
		{graph(number(number(nil, tensorDims, 1<<50), tensorType, 1)), "shape [1125899906842624]"},
		{graph(number(number(number(nil, tensorDims, 1<<30), tensorDims, 1<<30), tensorType, 1)), "at most"},
		{graph(number(number(nil, tensorDims, 1<<28), tensorType, 1)), "got 0 bytes for shape [268435456]"},
		{graph(number(number(nil, tensorDims, 1), tensorType, 10)), "type 10 of ONNX"},
		{outside("../secret"), `file "../secret", want one beside the model`},
		{outside("/etc/passwd"), "want one beside"},
		{outside("few"), "got 8 bytes at 0 of few, want them among its 7"},
		{outside("none"), "none"},
	} {
		path := filepath.Join(dir, "m.onnx")
		if err := os.WriteFile(path, tt.b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := ReadFile(path)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// No bytes make the reader panic or take memory that they do not have.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, small()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(b)
		n := 0
		for _, w := range m.Graph.Weights {
			n += w.bytes()
		}
		if err == nil && n > 8*len(b) {
			t.Errorf("%d bytes make numbers of %d bytes", len(b), n)
		}
	})
}
