package raster

import (
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pngChecksum(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

// FuzzDecode: no panic; a picture has the size its header says; an error is one line.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		f.Fatal("no files to begin with: ", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, color bool) {
		const most = 1 << 16 // pixels, so that time goes into many pictures
		h, err := Inspect(data)
		if err != nil {
			oneLine(t, err)
			return
		}
		if h.H*h.W > most {
			return
		}
		w := Wanted{C: 1}
		if color {
			w = Wanted{C: 3, H: 5, W: 7}
		}
		m, err := Decode(data, w)
		if err != nil {
			oneLine(t, err)
			return
		}
		if w.H == 0 && (m.H != h.H || m.W != h.W) || len(m.Pix) != m.H*m.W*m.C {
			t.Fatalf("%d×%d×%d of %d bytes, the header says %d×%d", m.H, m.W, m.C, len(m.Pix), h.H, h.W)
		}
	})
}

// FuzzOrientation: no panic whatever the block or the file around it; 1 to 8.
func FuzzOrientation(f *testing.F) {
	for _, name := range []string{"turned6.jpg", "turned6.png", "turned6.webp", "turned6.tiff"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if k := exifOrientation(data); k < 1 || k > 8 {
			t.Fatalf("orientation %d", k)
		}
		for i := range formats {
			if f := &formats[i]; f.decode != nil && f.is(data) {
				f.orientation(data)
			}
		}
	})
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") {
		t.Fatalf("an error of more than one line: %q", err)
	}
}
