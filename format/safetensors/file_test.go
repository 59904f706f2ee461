package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file puts a header and data together without any check.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, data)...)
}

func open(b []byte) (*File, error) {
	return NewFile(bytes.NewReader(b), int64(len(b)), "x.safetensors")
}

// testdata/official.safetensors is written by testdata/official.py.
func TestOfficialFile(t *testing.T) {
	f, err := Open("testdata/official.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Checksummed() {
		t.Error("the official writer makes no checksums")
	}
	if diff := cmp.Diff(map[string]string{"format": "np", "note": "naïve ☃"}, f.Metadata); diff != "" {
		t.Error(diff)
	}
	inf := float32(math.Inf(1))
	want := []struct {
		name  string
		dtype DType
		shape []int
		data  []float32 // nil: the tensor has no float32 form
	}{
		{"bf16", BF16, []int{3, 1}, []float32{1, -2, 0x1p-133}},
		{"empty", F32, []int{0, 4}, []float32{}},
		{"f16", F16, []int{2, 2}, []float32{1.5, -0x1p-24, 65504, inf}},
		{"f32", F32, []int{2, 3}, []float32{-0.5, -0.25, 0, 0.25, 0.5, 0.75}},
		{"f64", F64, []int{3}, []float32{0.1, float32(math.Copysign(0, -1)), 3}},
		{"i64", I64, []int{2}, []float32{-(1 << 40), 7}},
		{"scalar", F32, []int{}, []float32{2.5}},
		{"u8", U8, []int{5}, []float32{0, 1, 127, 128, 255}},
	}
	infos := f.Tensors()
	if len(infos) != len(want) {
		t.Fatalf("%d tensors, want %d", len(infos), len(want))
	}
	for i, w := range want {
		got := infos[i]
		same := got.Name == w.name && got.DType == w.dtype && cmp.Equal(got.Shape, w.shape)
		if !same || got.Len() != len(w.data) {
			t.Errorf("tensor %d is %+v, want %+v", i, got, w)
		}
		data, err := f.Float32(w.name)
		if err != nil || !cmp.Equal(data, w.data) {
			t.Errorf("%s = %v (%v), want %v", w.name, data, err, w.data)
		}
		raw, err := f.Raw(w.name)
		if err != nil || int64(len(raw)) != got.Bytes {
			t.Errorf("%s: %d raw bytes (%v), want %d", w.name, len(raw), err, got.Bytes)
		}
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
}

// f32 is a file of one F32 tensor, the shape and offsets as they are spelt.
func f32(shape, offsets string, data int) []byte {
	return file(`{"a":{"dtype":"F32","shape":`+shape+`,"data_offsets":`+offsets+`}}`, data)
}

// length is a file of a header length alone.
func length(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`

var openCases = []struct {
	name string
	file []byte
	want string // "" for a file that is right
}{
	{"good", file("{"+a+"}", 8), ""},
	{"good, padded", file("{"+a+"} \n\t ", 8), ""},
	{"good, nothing in it", file("{}", 0), ""},
	{"empty file", nil, "file truncated: want at least 8 bytes, file has 0"},
	{"seven bytes", length(0)[:7], "file has 7"},
	{"header of 2⁶³ bytes", length(1 << 63), "header of 9223372036854775808 bytes, want at most 100000000"},
	{"header over the cap", length(maxHeader + 1), "header of 100000001 bytes"},
	{"header beyond the file", length(maxHeader), "file truncated: header says 100000008 bytes, file has 8"},
	{"data cut", file("{"+a+"}", 7), "file truncated: header says 70 bytes, file has 69"},
	{"data too long", file("{"+a+"}", 9), "file too long: header says 70 bytes, file has 71"},
	{"empty header", file("", 0), "does not begin with {"},
	{"leading space", file(" {}", 0), "does not begin with {"},
	{"array", file("[]", 0), "does not begin with {"},
	{"not JSON", file("{a}", 0), "byte 1: got a, want a string"},
	{"not UTF-8", file("{\"\xff\":{}}", 0), "not UTF-8"},
	{"unclosed", file("{"+a, 8), "EOF"},
	{"text after", file("{"+a+"}{", 8), "after the closing }"},
	{"comma after", file("{"+a+",}", 8), "byte 54: got }, want a string"},
	{"two commas", file("{"+a+",,"+a+"}", 8), "byte 54: got ,, want a string"},
	{"no comma", file("{"+a+a+"}", 8), "byte 53: got \"a\", want a comma or the end of the object"},
	{"name twice", file("{"+a+","+a+"}", 8), `key "a" appears twice`},
	{"name twice, escaped", file("{"+a+`,"\u0061":{}}`, 8), `key "a" appears twice`},
	{"zero after", file("{"+a+"}\x00", 8), "text after the closing } at byte 54"},
	{"line in a name", file("{\"a\nb\":{}}", 0), "got the character 0x0a in a string"},
	{"escape unknown", file(`{"\a":{}}`, 0), "byte 1: invalid character 'a' in string escape code"},
	{"name unclosed", file(`{"a`, 0),
		"byte 3: got the end of the text (unexpected EOF), want the end of a string"},
	{"name unclosed in an escape", file(`{"a\`, 0), "want the end of a string"},
	{"no colon", file(`{"a" {}}`, 0), "got {, want a colon"},
	{"number with a zero before", f32(`[02]`, `[0,8]`, 8), "got 02, want an integer"},
	{"number with a sign", f32(`[+2]`, `[0,8]`, 8), "got +2, want an integer"},
	{"list unclosed", file(`{"a":{"shape":[2}}`, 8), "got }, want a comma or the end of the array"},
	{"comma in a list", f32(`[2,]`, `[0,8]`, 8), "got ], want an integer"},
	{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, 0), "appears twice"},
	{"metadata key twice", file(`{"__metadata__":{"k":"1","k":"2"}}`, 0), `key "k" appears twice`},
	{"metadata not text", file(`{"__metadata__":{"k":1}}`, 0), "got 1, want a string"},
	{"metadata not an object", file(`{"__metadata__":"k"}`, 0), "got \"k\", want an object"},
	{"member twice", file(`{"a":{"dtype":"F32","dtype":"F32","shape":[]}}`, 0), `key "dtype" appears twice`},
	{"member in another case", file(`{"a":{"DType":"F32","shape":[2]}}`, 8), `unknown member "DType"`},
	{"member missing", file(`{"a":{"dtype":"F32","shape":[2]}}`, 8), "2 members"},
	{"tensor not an object", file(`{"a":[0,8]}`, 8), "got [, want an object"},
	{"dtype unknown", file(`{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`, 8),
		`unknown dtype "f32"`},
	{"dtype a number", file(`{"a":{"dtype":3,"shape":[2]}}`, 8), "got 3, want a string"},
	{"shape negative", f32(`[-2]`, `[0,8]`, 8), "got -2, want an integer"},
	{"shape fractional", f32(`[2.0]`, `[0,8]`, 8), "got 2.0, want an integer"},
	{"shape too large", f32(`[9223372036854775808]`, `[0,8]`, 8), "want an integer"},
	{"shape null", f32(`null`, `[0,8]`, 8), "want an array"},
	{"elements overflow", f32(`[4294967296,4294967296,2]`, `[0,8]`, 8), "overflows"},
	{"elements overflow to the right size",
		f32(`[4611686018427387905,4,2]`, `[0,32]`, 32), "overflows"},
	{"bytes overflow",
		file(`{"a":{"dtype":"F64","shape":[1152921504606846977],"data_offsets":[0,8]}}`, 8), "overflows"},
	{"rank 65", f32("[1"+strings.Repeat(",1", 64)+"]", "[0,4]", 4), "more than 64"},
	{"shape and bytes differ", f32(`[3]`, `[0,8]`, 8), "F32 [3] is 12 bytes, data_offsets [0 8] hold 8"},
	{"half a byte", file(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`, 1), "not whole bytes"},
	{"offsets reversed", f32(`[2]`, `[8,0]`, 8), "want begin ≤ end"},
	{"one offset", f32(`[2]`, `[8]`, 8), "data_offsets [8]"},
	{"three offsets", f32(`[2]`, `[0,8,8]`, 8), "more than 2"},
	{"hole before", f32(`[2]`, `[4,12]`, 12), "leaving a hole after 0"},
	{"hole between",
		file("{"+a+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}`, 10), "leaving a hole after 8"},
	{"overlap",
		file("{"+a+`,"b":{"dtype":"U8","shape":[2],"data_offsets":[7,9]}}`, 9),
		`inside tensor "a", which ends at 8`},
	{"same place", file("{"+a+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), "inside tensor"},
	{"empty tensor inside",
		file("{"+a+`,"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`, 8), "inside tensor"},
	{"empty tensor between", file("{"+a+`,"b":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}`, 8), ""},
}

// says is whether err is nil as wanted or contains the wanted text.
func says(err error, want string) bool {
	if want == "" || err == nil {
		return want == "" && err == nil
	}
	return strings.Contains(err.Error(), want)
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range openCases {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(tt.file)
			if !says(err, tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "safetensors: x.safetensors: ") {
				t.Errorf("%v does not name the file", err)
			}
		})
	}
}

func TestOpenWhatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "regular") {
		t.Errorf("got %v, want not a regular file", err)
	}
}

// A file that shrinks after it was opened gives an error, not zeros.
func TestReadShrunkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := WriteFile(path, nil, []Tensor{{"a", []int{4}, make([]float32, 4)}}); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, st.Size()-1); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Float32("a"); err == nil || !strings.Contains(err.Error(), `tensor "a": file truncated`) {
		t.Errorf("got %v, want file truncated", err)
	}
}

func TestFloat32Refuses(t *testing.T) {
	le := binary.LittleEndian
	one := func(dtype DType, b []byte) []byte {
		h := fmt.Sprintf(`{"a":{"dtype":"%s","shape":[1],"data_offsets":[0,%d]}}`, dtype, len(b))
		return append(file(h, 0), b...)
	}
	f64 := func(v float64) []byte { return le.AppendUint64(nil, math.Float64bits(v)) }
	i64 := func(v int64) []byte { return le.AppendUint64(nil, uint64(v)) }
	for _, tt := range []struct {
		name string
		file []byte
		ok   bool
		want float32
	}{
		{"largest float32", one(F64, f64(math.MaxFloat32)), true, math.MaxFloat32},
		{"rounds to infinity", one(F64, f64(math.MaxFloat32+0x1p103)), false, 0},
		{"infinity", one(F64, f64(math.Inf(-1))), true, float32(math.Inf(-1))},
		{"2²⁴", one(I64, i64(1<<24)), true, 1 << 24},
		{"2²⁴+1", one(I64, i64(1<<24+1)), false, 0},
		{"2²⁴+2", one(I64, i64(1<<24+2)), true, 1<<24 + 2},
		{"−2²⁴−1", one(I64, i64(-1<<24-1)), false, 0},
		{"−2⁶³", one(I64, i64(math.MinInt64)), true, -1 << 63},
		{"2⁶³−1", one(I64, i64(math.MaxInt64)), false, 0},
		{"2⁶⁴−1", one(U64, i64(-1)), false, 0},
		{"2⁶³", one(U64, i64(math.MinInt64)), true, 1 << 63},
		{"−2³¹", one(I32, []byte{0, 0, 0, 0x80}), true, -1 << 31},
		{"2³²−1", one(U32, []byte{255, 255, 255, 255}), false, 0},
		{"−2¹⁵", one(I16, []byte{0, 0x80}), true, -1 << 15},
		{"2¹⁶−1", one(U16, []byte{255, 255}), true, 1<<16 - 1},
		{"−128", one(I8, []byte{0x80}), true, -128},
		{"true", one(Bool, []byte{1}), true, 1},
		{"complex", one("C64", make([]byte, 8)), false, 0},
		{"f8", one("F8_E4M3", make([]byte, 1)), false, 0},
	} {
		f, err := open(tt.file)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		v, err := f.Float32("a")
		if (err == nil) != tt.ok || tt.ok && v[0] != tt.want {
			t.Errorf("%s: got %v, %v, want %v, ok %v", tt.name, v, err, tt.want, tt.ok)
		}
		if err := f.ReadFloat32(make([]float32, 2), "a"); err == nil {
			t.Errorf("%s: ReadFloat32 filled two elements from one", tt.name)
		}
		if _, err := f.Float32("b"); err == nil || !strings.Contains(err.Error(), `no tensor "b" among 1`) {
			t.Errorf("%s: absent tensor: %v", tt.name, err)
		}
	}
}

// Part of a tensor is what the whole has there; what lies outside it is refused.
func TestReadFloat32At(t *testing.T) {
	var b bytes.Buffer
	err := Write(&b, nil, []Tensor{{"a", []int{2}, []float32{8, 9}},
		{"b", []int{5}, []float32{1, 2, 3, 4, 5}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := open(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for at := -1; at <= 5; at++ {
		dst := make([]float32, 2)
		err := f.ReadFloat32At(dst, "b", at)
		if inside := 0 <= at && at <= 3; inside != (err == nil) {
			t.Errorf("from %d: error %v", at, err)
		} else if inside && (dst[0] != float32(at+1) || dst[1] != float32(at+2)) {
			t.Errorf("from %d: %v", at, dst)
		}
	}
	if err := f.ReadFloat32At(make([]float32, 6), "b", 0); err == nil {
		t.Error("more than there is is read")
	}
}
