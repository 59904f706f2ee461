package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ramp is numpy's (np.arange(n) / 4 - 2).
func ramp(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i)/4 - 2
	}
	return v
}

// The files are written by testdata/make.py.
func TestNumpyFiles(t *testing.T) {
	shape := []int{2, 3, 4}
	for _, tt := range []struct {
		file string
		want Array
	}{
		{"f4.npy", Array{shape, ramp(24), false}},
		{"f4_fortran.npy", Array{shape, ramp(24), false}},
		{"f4_big.npy", Array{shape, ramp(24), false}},
		{"f8_fortran.npy", Array{shape, ramp(24), false}},
		{"f2.npy", Array{shape, ramp(24), false}},
		{"v2.npy", Array{shape, ramp(24), false}},
		{"v3.npy", Array{shape, ramp(24), false}},
		{"i8_big.npy", Array{[]int{3, 2}, []float32{-3, -2, -1, 0, 1, 2}, false}},
		{"u1.npy", Array{[]int{3}, []float32{0, 128, 255}, true}},
		{"b1.npy", Array{[]int{2}, []float32{1, 0}, false}},
		{"scalar.npy", Array{[]int{}, []float32{2.5}, false}},
		{"empty.npy", Array{[]int{0, 3}, nil, false}},
	} {
		a, err := ReadFile(filepath.Join("testdata", tt.file))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if diff := cmp.Diff(tt.want, *a); diff != "" {
			t.Errorf("%s: %s", tt.file, diff)
		}
	}
	for _, name := range []string{"structured.npy", "complex.npy"} {
		if a, err := ReadFile(filepath.Join("testdata", name)); err == nil {
			t.Errorf("%s read as %v", name, a)
		}
	}
}

// What we write is what numpy writes, byte for byte.
func TestWriteIsNumpys(t *testing.T) {
	for _, name := range []string{"f4.npy", "scalar.npy", "empty.npy"} {
		want, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		a, err := Read(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := Write(&got, a); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: wrote %q, want %q", name, got.Bytes(), want)
		}
		if h, err := Header(a.Shape); err != nil || !bytes.Equal(h, want[:len(want)-4*len(a.Data)]) {
			t.Errorf("%s: Header(%d) = %q, %v", name, a.Shape, h, err)
		}
	}
}

func TestWriteThenRead(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 4).Draw(t, "shape")
		n, err := extent(shape, 4)
		if err != nil {
			t.Fatal(err)
		}
		want := rapid.SliceOfN(rapid.Float32(), n, n).Draw(t, "data")
		path := filepath.Join(dir, "x.npy")
		if err := WriteFile(path, &Array{Shape: shape, Data: want}); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(got.Shape, shape) || len(got.Data) != n {
			t.Fatalf("shape %d, %d elements, want %d, %d", got.Shape, len(got.Data), shape, n)
		}
		for i, v := range got.Data {
			if math.Float32bits(v) != math.Float32bits(want[i]) {
				t.Fatalf("element %d = %v, want %v", i, v, want[i])
			}
		}
	})
}

// More than one buffer, on either side of its end.
func TestLongArrays(t *testing.T) {
	for _, n := range []int{chunkBytes/4 - 1, chunkBytes / 4, chunkBytes/4 + 1, chunkBytes/2 + 3} {
		var b bytes.Buffer
		want := Array{[]int{n}, ramp(n), false}
		if err := Write(&b, &want); err != nil {
			t.Fatal(err)
		}
		got, err := Read(&b)
		if err != nil || !cmp.Equal(*got, want) {
			t.Errorf("%d elements came back otherwise (%v)", n, err)
		}
	}
}

// Fortran order against the definition: element i₀, i₁, i₂ of shape d stands at
// i₀ + d₀(i₁ + d₁i₂).
func TestFromFortran(t *testing.T) {
	d := []int{3, 2, 4}
	in := ramp(24)
	got := fromFortran(in, d, 1)
	for i := range d[0] {
		for j := range d[1] {
			for k := range d[2] {
				if g, w := got[(i*d[1]+j)*d[2]+k], in[i+d[0]*(j+d[1]*k)]; g != w {
					t.Errorf("[%d %d %d] = %v, want %v", i, j, k, g, w)
				}
			}
		}
	}
}

// v1 is a version 1.0 file.
func v1(header string, data int) []byte {
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// f4 is a version 1.0 file of float32, the shape as it is spelt.
func f4(shape string, data int) []byte {
	return v1("{'descr': '<f4', 'fortran_order': False, 'shape': "+shape+", }\n", data)
}

// readCases are files that are right and that are wrong in one thing each.
var readCases = []struct {
	name string
	file []byte
	want string // "" for a file that is right
}{
	{"good", f4("(2,)", 8), ""},
	{"good, no spaces", v1(`{"shape":(1,2),"fortran_order":False,"descr":"<f4"}`, 8), ""},
	{"good, longs of Python 2", f4("(1L, 2L)", 8), ""},
	{"good, scalar", f4("()", 4), ""},
	{"empty file", nil, "not an npy file"},
	{"zip", []byte("PK\x03\x04....."), "not an npy file"},
	{"version 4", append([]byte(magic), 4, 0, 0, 0), "version 4.0"},
	{"version 1.1", append([]byte(magic), 1, 1, 0, 0), "version 1.1"},
	{"no header", append([]byte(magic), 1, 0), "truncated within its header"},
	{"header cut", v1("{'descr': '<f4'", 0)[:20], "truncated within its header"},
	{"header of 4 GB", append([]byte(magic), 2, 0, 255, 255, 255, 255), "header of 4294967295 bytes"},
	{"data cut", f4("(2,)", 7), "shape [2] is 8 bytes of data, file has 7"},
	{"as many claimed as may be", f4("(2147483647,)", 8), "8589934588 bytes of data, file has 8"},
	{"one more claimed", f4("(32768, 65536)", 8), "2147483648 elements, want at most 2147483647"},
	{"exabytes claimed", f4("(1000000000000000,)", 8),
		"1000000000000000 elements, want at most 2147483647"},
	{"a long key", v1("{'"+strings.Repeat("k", 60000)+"': 1}", 0), "k\"… (60000 bytes)"},
	{"a long type",
		v1("{'descr': '"+strings.Repeat("f", 60000)+"', 'fortran_order': False, 'shape': ()}", 0),
		"f\"… (60000 bytes), want one of"},
	{"overflow", f4("(4611686018427387905, 4)", 16), "overflows"},
	{"overflow beside 0", f4("(0, 4611686018427387904, 4)", 0), "overflows"},
	{"dimension overflows", f4("(9223372036854775808,)", 0), "want a dimension"},
	{"negative", f4("(-1,)", 0), "want a dimension"},
	{"fraction", f4("(1, 2.0)", 8), `want ")"`},
	{"not a tuple", f4("(2)", 8), "(2) is not a tuple"},
	{"list", f4("[2]", 8), `want "("`},
	{"two commas", f4("(2,,)", 8), "want a dimension"},
	{"65 dimensions", f4("("+strings.Repeat("1,", 65)+")", 4), "more than 64 dimensions"},
	{"expression", f4("(1, 1+1)", 8), `want ")"`},
	{"call", v1("{'descr': print('<f4'), }", 0), "want a string"},
	{"escape", v1(`{'d\x65scr': '<f4', }`, 0), "without escapes"},
	{"unclosed string", v1("{'descr", 0), "without escapes"},
	{"key twice", v1("{'descr': '<f4', 'descr': '<f4'}", 0), `key "descr" appears twice`},
	{"unknown key", v1("{'dtype': '<f4'}", 0), `unknown key "dtype"`},
	{"key missing", v1("{'descr': '<f4', 'fortran_order': False}", 0), "2 keys"},
	{"nothing", v1("{}", 0), "0 keys"},
	{"unclosed", v1("{'descr': '<f4', ", 0), "want a string"},
	{"text after", v1("{'descr': '<f4', 'fortran_order': False, 'shape': ()} ;", 4),
		"after the closing }"},
	{"order is 0", v1("{'fortran_order': 0}", 0), "want True or False"},
	{"objects", v1("{'descr': '|O', 'fortran_order': False, 'shape': ()}", 4), "objects are a pickle"},
	{"structured", v1("{'descr': [('x', '<f4')], 'fortran_order': False}", 4), "a structured array"},
	{"wide without order", v1("{'descr': '|f4', 'fortran_order': False, 'shape': ()}", 4), `type "|f4"`},
	{"b2", v1("{'descr': '<b2', 'fortran_order': False, 'shape': ()}", 2), `type "<b2"`},
	{"longdouble", v1("{'descr': '<f16', 'fortran_order': False, 'shape': ()}", 16), `type "<f16"`},
	{"text", v1("{'descr': '<U4', 'fortran_order': False, 'shape': ()}", 16), `type "<U4"`},
	{"inexact integer",
		append(v1("{'descr': '<u4', 'fortran_order': False, 'shape': (2,)}", 4), 1, 0, 0, 1),
		"element 1, of type <u4 and bytes 01 00 00 01, is not a float32"},
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range readCases {
		_, err := Read(bytes.NewReader(tt.file))
		if tt.want == "" && err != nil ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A file that claims gigabytes and holds a kilobyte must not cost gigabytes.
func TestClaimsAreNotAllocated(t *testing.T) {
	file := f4("(2000000000,)", 1024)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(file)); err == nil {
		t.Error("read")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 2*chunkBytes {
		t.Errorf("%d bytes allocated for a file of %d", got, len(file))
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npy")
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if err := os.WriteFile(path, f4("(2,)", 9), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), "bytes follow the array") {
		t.Errorf("one byte more: %v", err)
	}
	for _, a := range []Array{{Shape: []int{2}}, {}, {Shape: []int{-1}}, {Shape: make([]int, 65)}} {
		err := WriteFile(path, &a)
		if err == nil || !strings.HasPrefix(err.Error(), "npy: WriteFile: "+path) {
			t.Errorf("WriteFile of shape %d and no data: %v", a.Shape, err)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Size() != int64(len(f4("(2,)", 9))) {
		t.Errorf("a failed WriteFile touched the file: %v, %v", st, err)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// broken is a disk that cannot be read.
type broken struct{ good io.Reader }

func (r broken) Read(b []byte) (int, error) {
	n, err := r.good.Read(b)
	if err == io.EOF {
		err = syscall.EIO
	}
	return n, err
}

func TestDiskErrors(t *testing.T) {
	if err := Write(full{}, &Array{Shape: nil, Data: []float32{1}}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write: %v", err)
	}
	whole := f4("(2,)", 8)
	for n := range whole {
		if _, err := Read(broken{bytes.NewReader(whole[:n])}); !errors.Is(err, syscall.EIO) {
			t.Errorf("Read, broken after %d bytes: %v", n, err)
		}
	}
}
