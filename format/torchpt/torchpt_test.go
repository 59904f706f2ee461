package torchpt

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kinds = "testdata/kinds.pt"

// Every type and view that torch wrote (scripts/interchange/golden.py) is read.
func TestKinds(t *testing.T) {
	f, err := Open(kinds)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string][]float32{
		"view": {16, 18, 20, 22}, "scalar": {7}, "empty": {}, "parameter": {0, 1, 2, 3}, "bool": {1, 0},
		"transposed": {0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23},
	}
	shapes := map[string][]int{"view": {2, 2}, "scalar": {}, "empty": {0, 5}, "parameter": {4}, "bool": {2},
		"transposed": {4, 2, 3}}
	for _, d := range storages {
		if d.name != "float32" && d.name != "bool" {
			want[d.name], shapes[d.name] = []float32{0, 1, 2, 100}, []int{2, 2}
		}
	}
	if diff := cmp.Diff([]string{""}, f.Parts()); diff != "" {
		t.Errorf("parts: -want +got\n%s", diff)
	}
	for _, info := range f.Tensors("") {
		if !slices.Equal(info.Shape, shapes[info.Name]) {
			t.Errorf("%s: got shape %v, want %v", info.Name, info.Shape, shapes[info.Name])
		}
		got := make([]float32, len(want[info.Name]))
		if err := f.ReadFloat32(got, "", info.Name); err != nil {
			t.Error(err)
		}
		if !slices.Equal(got, want[info.Name]) {
			t.Errorf("%s: got %v, want %v", info.Name, got, want[info.Name])
		}
		delete(want, info.Name)
	}
	for name := range want {
		t.Errorf("%s: not there", name)
	}
	if err := f.ReadFloat32(nil, "", "nothing"); err == nil {
		t.Error("a tensor that is not there is read")
	}
	if err := f.ReadFloat32(make([]float32, 2), "", "scalar"); err == nil {
		t.Error("a scalar is read as two numbers")
	}
}

// A training program's checkpoint has parts; what is no tensor is passed over.
func TestParts(t *testing.T) {
	f, err := Open("../../interchange/testdata/eqm.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if diff := cmp.Diff([]string{"ema", "model"}, f.Parts()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if n := len(f.Tensors("ema")); n != 32 {
		t.Errorf("got %d tensors in the average, want 32", n)
	}
	if Is(kinds) != true || Is("doc.go") != false {
		t.Error("Is takes one for the other")
	}
}

// entry is one of an archive.
type entry struct {
	name, text string
	method     uint16
}

// archive is a zip file of those entries.
func archive(t testing.TB, entries ...entry) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// saved is a pickle {"w": tensor} of a storage of so many float32, as torch writes it.
func saved(size, offset, shape, strides string) string {
	return "\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage" +
		"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + size +
		"tQ" + offset + shape + strides + "tRs."
}

// axes is a tuple of so many ones.
func axes(n int) string { return "(" + strings.Repeat("K\x01", n) + "t" }

func TestHostile(t *testing.T) {
	const huge = "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x7f"
	long := func(pickle string) []entry { return []entry{{"x/data.pkl", pickle, zip.Store}} }
	for _, tt := range []struct {
		name    string
		entries []entry
		want    string
	}{
		{"code", long("cposix\nsystem\n."), `class "posix.system" is not one that is read`},
		{"code, and what would do", long("cposix\nsystem\n."), "executed: save the state dict alone"},
		{"no pickle", []entry{{"x/data", "", zip.Store}}, "not a file of torch.save"},
		{"compressed", []entry{{"x/data.pkl", strings.Repeat("N", 1<<20), zip.Deflate}}, "compressed"},
		{"twice", append(long("N."), long("}.")...), "two entries"},
		{"big-endian", append(long("}."), entry{"x/byteorder", "big", zip.Store}), `byte order "big"`},
		{"nothing", long("}."), "0 tensors"},
		{"a number", long("K\x01."), "what was saved is int64"},
		{"a storage of 2⁶³", long(saved(huge, "K\x00", "K\x01\x85", "K\x01\x85")), "a class of storages"},
		{"an expanded tensor", long(saved("K\x04", "K\x00", "K\x05\x85", "K\x00\x85")), "at most the 4"},
		{"far strides", long(saved("K\x04", "K\x00", "K\x02\x85", huge+"\x85")), "strides"},
		{"past the end", long(saved("K\x04", "K\x02", "K\x03\x85", "K\x01\x85")), "from 2 on"},
		{"an offset of 2⁶³", long(saved("K\x04", huge, "K\x03\x85", "K\x01\x85")), "offset"},
		{"a shape of 2⁶³", long(saved("K\x04", "K\x00", huge+"\x85", "K\x01\x85")), "at most the 4"},
		{"a tensor of 17 axes", long(saved("K\x04", "K\x00", axes(17), axes(17))), "want a st"},
		{"a shape below 0", long(saved("K\x04", "K\x00", "J\xff\xff\xff\xff\x85", "K\x01\x85")), "want a st"},
	} {
		b := archive(t, tt.entries...)
		_, err := NewFile(bytes.NewReader(b), int64(len(b)), tt.name)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got error %v, want one line with %q", tt.name, err, tt.want)
		}
	}
}

// A storage that is not there, is short, or is damaged is an error when it is read.
func TestDamage(t *testing.T) {
	good := saved("K\x02", "K\x00", "K\x02\x85", "K\x01\x85")
	read := func(b []byte) error {
		f, err := NewFile(bytes.NewReader(b), int64(len(b)), "a.pt")
		if err != nil {
			return err
		}
		return f.ReadFloat32(make([]float32, 2), "", "w")
	}
	pickle := entry{"x/data.pkl", good, zip.Store}
	whole := archive(t, pickle, entry{"x/data/0", "ABCDEFGH", zip.Store})
	if err := read(whole); err != nil {
		t.Error(err)
	}
	for name, b := range map[string][]byte{
		"none": archive(t, pickle), "short": archive(t, pickle, entry{"x/data/0", "ABCD", zip.Store}),
		"compressed": archive(t, pickle, entry{"x/data/0", "ABCDEFGH", zip.Deflate}),
		"damaged":    bytes.Replace(whole, []byte("ABCDEFGH"), []byte("ABCDEFGI"), 1),
	} {
		if err := read(b); err == nil {
			t.Errorf("%s: is read", name)
		}
	}
	path := filepath.Join(t.TempDir(), "legacy.pt")
	legacy := "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
	if err := os.WriteFile(path, []byte(legacy), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "torch 1.6") {
		t.Errorf("a file of torch before 1.6: got %v, want an error that says so", err)
	}
}

// Whatever the pickle and the storage, a file is opened or refused, and its tensors are
// read or refused.
func FuzzFile(f *testing.F) {
	z, err := zip.OpenReader(kinds)
	if err != nil {
		f.Fatal(err)
	}
	defer z.Close()
	text, err := fs.ReadFile(z, "kinds/data.pkl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, []byte("ABCDEFGH"))
	f.Add([]byte(saved("K\x02", "K\x00", "K\x02\x85", "K\x01\x85")), []byte("ABCDEFGH"))
	f.Fuzz(func(t *testing.T, pickle, storage []byte) {
		b := archive(t, entry{"x/data.pkl", string(pickle), zip.Store},
			entry{"x/data/0", string(storage), zip.Store})
		file, err := NewFile(bytes.NewReader(b), int64(len(b)), "fuzz")
		if err != nil {
			return
		}
		for _, part := range file.Parts() {
			for _, info := range file.Tensors(part) {
				n := 1
				for _, d := range info.Shape {
					n *= d
				}
				if n <= 1<<20 {
					_ = file.ReadFloat32(make([]float32, n), part, info.Name)
				}
			}
		}
	})
}
