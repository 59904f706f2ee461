package onnx

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a model with every kind of what can be written: y = w·clip(x) at two places.
func small() Model {
	eps := float32(.5)
	meta := map[string]string{"b": "2", "a": "☃"}
	return Model{Producer: "stillfield", Opset: 17, Metadata: meta, Graph: Graph{
		Name: "g",
		Nodes: []Node{
			{Op: "LayerNormalization", In: []string{"x", "w", "w"}, Out: []string{"n"},
				Attrs: []Attr{{Name: "axis", Int: -1}, {Name: "epsilon", Float: &eps}}},
			{Op: "Transpose", In: []string{"n"}, Out: []string{"y"},
				Attrs: []Attr{{Name: "perm", Ints: []int64{1, 0}}}},
		},
		Weights: []Tensor{{Name: "w", Shape: []int{2}, Floats: []float32{1, -2}},
			{Name: "k", Shape: []int{1}, Ints: []int64{-1}}},
		Inputs:  []Port{{"x", Float, []Dim{{Name: "batch"}, {Extent: 2}}}, {"i", Int64, nil}},
		Outputs: []Port{{"y", Float, []Dim{{Extent: 2}, {Name: "batch"}}}},
	}}
}

// The bytes are those that onnx.load of onnx 1.23 read as this model (scripts/interchange-check.sh
// shows whole models to its checker).
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, small()); err != nil {
		t.Fatal(err)
	}
	const want = "05f10cd207b93966b5d7a8aa82fea1df7085fee64373b3eca1eee8a7e80500ec"
	sum := sha256.Sum256(b.Bytes())
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the model has the sum %s, want %s: let onnx read it before you change this", got, want)
	}
	path := filepath.Join(t.TempDir(), "a.onnx")
	if err := WriteFile(path, small(), Most); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, b.Bytes()) {
		t.Errorf("the file differs from what is written: %v", err)
	}
}

// Of a model that is too large the numbers are beside it, where the model says, each at a
// multiple of 64 bytes: that onnx reads them, scripts/interchange-check.sh shows.
func TestOutside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.onnx")
	m := small()
	m.Graph.Weights = append(m.Graph.Weights, Tensor{Name: "v", Shape: []int{1}, Floats: []float32{3}})
	if err := WriteFile(path, m, 16); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path + ".data")
	want := make([]byte, 2*align)
	copy(want, "\x00\x00\x80\x3f\x00\x00\x00\xc0")
	copy(want[align:], "\x00\x00\x40\x40")
	if err != nil || !bytes.Equal(data, want) {
		t.Errorf("got %x, %v, want 1 and −2, and 3", data, err)
	}
	text, err := os.ReadFile(path)
	for _, part := range []string{"a.onnx.data", "offset\x12\x0264", "length\x12\x018", "length\x12\x014"} {
		if err != nil || !bytes.Contains(text, []byte(part)) {
			t.Errorf("the model does not have %q: %v", part, err)
		}
	}
	if bytes.Contains(text, want[:8]) || m.Graph.Weights[0].outside != nil {
		t.Error("the numbers are in the model too, or the model is changed")
	}
}

// What a message cannot hold, and a tensor of another size than it says, are refused before a
// byte is written.
func TestRefused(t *testing.T) {
	m := small()
	m.Graph.Weights[0].Shape = []int{3}
	if err := Write(nil, m); err == nil || !strings.Contains(err.Error(), "tensor w: shape [3] has 3") {
		t.Errorf("got %v, want an error of the shape", err)
	}
	m = small()
	big := make([]float32, 1<<20)
	for range 512 {
		m.Graph.Weights = append(m.Graph.Weights, Tensor{Name: "big", Shape: []int{len(big)}, Floats: big})
	}
	if err := Write(nil, m); err == nil || !strings.Contains(err.Error(), "want at most 2147483647") {
		t.Errorf("got %v, want an error of the length", err)
	}
}
