package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ramp has n different values, among them the hard ones.
func ramp(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i) - 0.5
	}
	copy(v, []float32{
		float32(math.Copysign(0, -1)), float32(math.Inf(1)), math.SmallestNonzeroFloat32, math.MaxFloat32,
	})
	return v
}

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	metadata := map[string]string{"config": "seed: 1\nnote: \"☃ <&>\"\n", "step": "41200", "": ""}
	const chunk = chunkBytes / 4 // the boundary of the buffers
	tensors := []Tensor{
		{"w2", []int{3, 5, 7}, ramp(105)},
		{"w10", []int{chunk - 1}, ramp(chunk - 1)},
		{"w1", []int{chunk}, ramp(chunk)},
		{"odd \"name\"\n", []int{chunk + 1}, ramp(chunk + 1)},
		{"scalar", nil, ramp(1)},
		{"", []int{0, 3}, nil},
	}
	if err := WriteFile(path, metadata, tensors); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff(metadata, f.Metadata); diff != "" {
		t.Error(diff)
	}
	if !f.Checksummed() {
		t.Error("no checksums")
	}
	if n := f.data.Size(); n%4 != 0 || len(f.tensors) != len(tensors) {
		t.Errorf("%d tensors in %d bytes", len(f.tensors), n)
	}
	for _, w := range tensors {
		info, ok := f.Tensor(w.Name)
		if !ok || !slices.Equal(info.Shape, w.Shape) || info.DType != F32 {
			t.Errorf("%q: %+v, want F32 of shape %d", w.Name, info, w.Shape)
		}
		got, err := f.Float32(w.Name)
		if err != nil || len(got) != len(w.Data) {
			t.Fatalf("%q: %d elements (%v), want %d", w.Name, len(got), err, len(w.Data))
		}
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(w.Data[i]) {
				t.Fatalf("%q[%d] = %v, want %v", w.Name, i, got[i], w.Data[i])
			}
		}
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
}

// The bytes are pinned: data aligned, tensors in name order, checksums as the
// documentation of Write says.
func TestWriteBytes(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, map[string]string{"step": "7"}, []Tensor{
		{"b", []int{1, 2}, []float32{1, -2}},
		{"a", nil, []float32{0.5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, bb := []byte{0, 0, 0, 0x3f}, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}
	sumA, sumB := bitwise(a), bitwise(bb)
	lines := "10:checksum.a,15:" + sumA + "\n10:checksum.b,15:" + sumB + "\n" +
		"4:step,1:7\n1:a,F32 []\n1:b,F32 [1 2]\n"
	want := fmt.Sprintf(`{"__metadata__":{"checksum":"%s","checksum.a":"%s","checksum.b":"%s","step":"7"},`+
		`"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},`+
		`"b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}`,
		bitwise([]byte(lines)), sumA, sumB)
	got := b.Bytes()
	n := int(binary.LittleEndian.Uint64(got))
	if text := strings.TrimRight(string(got[8:8+n]), " "); text != want {
		t.Errorf("header\n%s\nwant\n%s", text, want)
	}
	if (8+n)%align != 0 {
		t.Errorf("data starts at %d, want a multiple of %d", 8+n, align)
	}
	if data := got[8+n:]; !bytes.Equal(data, append(a, bb...)) {
		t.Errorf("data % x", data)
	}
}

// bitwise is CRC-32C by its definition: the remainder modulo the polynomial
// 0x1EDC6F41, bits reflected (0x82F63B78), begun and ended with all ones.
func bitwise(b []byte) string {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78*(crc&1)
		}
	}
	return fmt.Sprintf("crc32c:%08x", ^crc)
}

func TestWriteRefuses(t *testing.T) {
	good := Tensor{"a", []int{2}, make([]float32, 2)}
	for _, tt := range []struct {
		name     string
		metadata map[string]string
		tensors  []Tensor
		want     string
	}{
		{"good", nil, []Tensor{good}, ""},
		{"nothing", nil, nil, ""},
		{"name twice", nil, []Tensor{good, good}, `tensor "a": given twice`},
		{"reserved name", nil, []Tensor{{metadataKey, []int{0}, nil}}, "other than __metadata__"},
		{"name not UTF-8", nil, []Tensor{{"\xff", []int{0}, nil}}, "UTF-8"},
		{"too few", nil, []Tensor{{"a", []int{3}, good.Data}}, "shape [3] has 3 elements, data has 2"},
		{"scalar of none", nil, []Tensor{{"a", nil, nil}}, "shape [] has 1 elements, data has 0"},
		{"negative", nil, []Tensor{{"a", []int{-1, -2}, good.Data}}, "negative dimension"},
		{"overflow", nil, []Tensor{{"a", []int{math.MaxInt, math.MaxInt}, good.Data}}, "overflows"},
		{"rank",
			nil, []Tensor{{"a", slices.Repeat([]int{1}, 65), good.Data[:1]}},
			"65 dimensions, want at most 64"},
		{"metadata key", map[string]string{"checksum.a": ""}, nil, `metadata key "checksum.a"`},
		{"metadata value", map[string]string{"a": "crc32c:"}, nil, `metadata "a"`},
		{"metadata not UTF-8", map[string]string{"a": "\xff"}, nil, "not UTF-8"},
		{"header too long", map[string]string{"a": strings.Repeat("x", maxHeader)}, nil,
			"want at most 100000000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			err := Write(&b, tt.metadata, tt.tensors)
			if !says(err, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && b.Len() != 0 {
				t.Errorf("%d bytes written before the error", b.Len())
			}
		})
	}
}

// fullAfter accepts n bytes, then fails as a full disk does.
type fullAfter struct{ n int }

func (w *fullAfter) Write(b []byte) (int, error) {
	if len(b) > w.n {
		return w.n, syscall.ENOSPC
	}
	w.n -= len(b)
	return len(b), nil
}

func TestWriteOnFullDisk(t *testing.T) {
	tensors := []Tensor{{"a", []int{1 << 19}, make([]float32, 1<<19)}} // two buffers
	var whole bytes.Buffer
	if err := Write(&whole, nil, tensors); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 8, chunkBytes, whole.Len() - 1} {
		if err := Write(&fullAfter{n}, nil, tensors); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("room for %d of %d bytes: %v, want %v", n, whole.Len(), err, syscall.ENOSPC)
		}
	}
	if err := Write(&fullAfter{whole.Len()}, nil, tensors); err != nil {
		t.Errorf("room for all: %v", err)
	}
}

// A write that fails leaves the older file whole and nothing beside it.
func TestWriteFileKeepsTheOld(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	if err := WriteFile(path, nil, []Tensor{{"a", []int{1}, []float32{7}}}); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, nil, []Tensor{{"a", []int{2}, []float32{8}}}); err == nil ||
		!strings.HasPrefix(err.Error(), "safetensors: ") || strings.Count(err.Error(), "safetensors: ") != 1 {
		t.Errorf("WriteFile of a bad tensor: %v", err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if v, err := f.Float32("a"); err != nil || v[0] != 7 {
		t.Errorf("a = %v (%v), want 7", v, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("directory holds %v (%v), want one file", entries, err)
	}
}

// contents is all a reader can learn of a file, "" if it cannot read it all.
func contents(b []byte) string {
	f, err := open(b)
	if err != nil {
		return ""
	}
	s := fmt.Sprint(f.Metadata)
	for _, info := range f.Tensors() {
		raw, err := f.Raw(info.Name)
		if err != nil {
			return ""
		}
		s += fmt.Sprintf("\n%q %s %d % x", info.Name, info.DType, info.Shape, raw)
	}
	return s
}

// One changed byte, anywhere: an error, or the same content.
func TestEveryByteFlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		metadata := rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.StringN(0, 6, -1), 0, 3).Draw(t, "metadata")
		names := rapid.SliceOfNDistinct(rapid.StringN(0, 3, -1), 0, 3, rapid.ID).Draw(t, "names")
		var tensors []Tensor
		for _, name := range names {
			shape := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "shape")
			n, _, _ := extent(F32, shape)
			data := rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "data")
			tensors = append(tensors, Tensor{name, shape, data})
		}
		var b bytes.Buffer
		if err := Write(&b, metadata, tensors); err != nil {
			t.Fatal(err)
		}
		file := b.Bytes()
		want := contents(file)
		if want == "" {
			t.Fatal("the undamaged file does not read")
		}
		mask := rapid.ByteRange(1, 255).Draw(t, "mask")
		for i := range file {
			file[i] ^= mask
			if got := contents(file); got != "" && got != want {
				t.Fatalf("byte %d of %d ^ %#x read as\n%s\nwant an error or\n%s",
					i, len(file), mask, got, want)
			}
			file[i] ^= mask
		}
	})
}

// Damage that keeps the structure is named with its tensor, and the others read.
func TestChecksumError(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, nil, []Tensor{{"a", []int{1}, []float32{1}}, {"b", []int{1}, []float32{2}}})
	if err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	file[len(file)-1] ^= 0x80
	f, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Float32("a"); err != nil || v[0] != 1 {
		t.Errorf("a = %v (%v), want 1", v, err)
	}
	want := fmt.Sprintf(`safetensors: x.safetensors: tensor "b": checksum %s ≠ %s`,
		bitwise([]byte{0, 0, 0, 0xc0}), bitwise([]byte{0, 0, 0, 0x40}))
	for _, err := range []error{f.Verify(), f.ReadFloat32(make([]float32, 1), "b")} {
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
