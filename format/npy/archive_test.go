package npy

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// The files are written by testdata/make.py.
func TestNumpyArchives(t *testing.T) {
	x := make([]float32, 24)
	for i := range x {
		x[i] = float32(i)
	}
	for _, name := range []string{"stored.npz", "deflated.npz"} {
		a, err := OpenArchive("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Names(); !slices.Equal(got, []string{"x", "y"}) {
			t.Errorf("%s has %v", name, got)
		}
		for key, want := range map[string][]float32{"x": x, "y": {2, 0, 1}} {
			f, err := a.Open(key)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, f.Len())
			if err := f.ReadFloat32At(got, 0); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %s is %v, want %v, error %v", name, key, got, want, err)
			}
		}
		if _, err := a.Open("z"); err == nil ||
			!strings.Contains(err.Error(), `no array "z", it has "x, y"`) {
			t.Errorf("%s: z: %v", name, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// readAll opens every array of an archive and reads it.
func readAll(data []byte) error {
	a, err := NewArchive(bytes.NewReader(data), int64(len(data)), "x.npz")
	if err != nil {
		return err
	}
	defer a.Close()
	for _, name := range a.Names() {
		f, err := a.Open(name)
		if err != nil {
			return err
		}
		if err := f.ReadFloat32At(make([]float32, f.Len()), 0); err != nil {
			return err
		}
	}
	return nil
}

// An archive is refused where it is cut, wherever that is, and a compressed one where a bit
// of an array is flipped.
func TestArchiveFaults(t *testing.T) {
	for _, name := range []string{"stored.npz", "deflated.npz"} {
		whole, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := readAll(whole); err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			if err := readAll(whole[:n]); err == nil {
				t.Errorf("%s cut after %d of %d bytes is read", name, n, len(whole))
			}
		}
	}
	deflated, err := os.ReadFile("testdata/deflated.npz")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(deflated, []byte("x.npy")) + 5 + 60 // amid the compressed bytes
	deflated[at] ^= 4
	if err := readAll(deflated); err == nil || !strings.Contains(err.Error(), "x.npz: x: ") {
		t.Errorf("a flipped bit: %v", err)
	}
}

// zipped is an archive of one member, its header as edit leaves it.
func zipped(t *testing.T, edit func(*zip.FileHeader), data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{
		Name:               "x.npy",
		CompressedSize64:   uint64(len(data)),
		UncompressedSize64: uint64(len(data)),
	}
	edit(h)
	w, err := z.CreateRaw(h)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a member claims to hold is compared with what there is before it is allocated.
func TestArchiveRefuses(t *testing.T) {
	fortran := bytes.Replace(f4("(2, 100000000)", 8), []byte("False"), []byte("True "), 1)
	for _, tt := range []struct {
		name string
		edit func(*zip.FileHeader)
		want string
	}{
		{"more than the archive has", func(h *zip.FileHeader) {
			h.CompressedSize64, h.UncompressedSize64 = 900e6, 900e6
		}, "said to have 900000000"},
		{"other sizes", func(h *zip.FileHeader) { h.UncompressedSize64++ }, "stored in"},
		{"no array", func(h *zip.FileHeader) { h.Name = "x.txt" }, "no arrays among its 1 members"},
		{"a terabyte unpacked", func(h *zip.FileHeader) {
			h.Method, h.UncompressedSize64 = zip.Deflate, 1e12
		},
			"numpy.savez"},
		{"a compression", func(h *zip.FileHeader) { h.Method = 99 }, "unsupported compression"},
		{"the shape", func(*zip.FileHeader) {}, "shape [2 100000000] is 800000000 bytes of data, file has 8"},
	} {
		data := zipped(t, tt.edit, fortran)
		if got := allocated(func() {
			if err := readAll(data); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			}
		}); got > 1<<18 {
			t.Errorf("%s: %d bytes allocated", tt.name, got)
		}
	}
}

// FuzzArchive: no panic, and what is there can be read.
func FuzzArchive(f *testing.F) {
	for _, name := range []string{"stored.npz", "deflated.npz"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := NewArchive(bytes.NewReader(data), int64(len(data)), "x.npz"); err == nil {
			defer a.Close()
			for _, name := range a.Names() {
				if x, err := a.Open(name); err == nil && x.Len() < 1<<20 {
					x.ReadFloat32At(make([]float32, x.Len()), 0) // that it fails is no fault
				}
			}
		}
	})
}
