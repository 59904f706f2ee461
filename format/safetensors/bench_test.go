package safetensors

import (
	"bytes"
	"io"
	"testing"
)

// 16 MB, so that the processor's caches do not flatter it; the disk is left out.
func BenchmarkWrite(b *testing.B) {
	t := []Tensor{{"a", []int{4 << 20}, make([]float32, 4<<20)}}
	b.SetBytes(16 << 20)
	for b.Loop() {
		if err := Write(io.Discard, nil, t); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadFloat32(b *testing.B) {
	dst := make([]float32, 4<<20)
	var w bytes.Buffer
	if err := Write(&w, nil, []Tensor{{"a", []int{len(dst)}, dst}}); err != nil {
		b.Fatal(err)
	}
	f, err := open(w.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(16 << 20)
	for b.Loop() {
		if err := f.ReadFloat32(dst, "a"); err != nil {
			b.Fatal(err)
		}
	}
}
