package picture

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadPNG: no panic; what is read has a value in [−1, 1] for each pixel and channel.
func FuzzReadPNG(f *testing.F) {
	names, err := filepath.Glob("testdata/*.png")
	if err != nil || len(names) == 0 {
		f.Fatal("no pictures to begin with: ", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint16(260), uint16(260), uint8(1))
		f.Add(b, uint16(260), uint16(260), uint8(4))
		f.Add(b, uint16(5), uint16(5), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, h, w uint16, c uint8) {
		name := filepath.Join(t.TempDir(), "x.png")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := ReadPNG(name, int(h), int(w), int(c))
		if err != nil {
			return
		}
		if len(v) != int(h)*int(w)*int(c) {
			t.Fatalf("got %d values, want %d×%d×%d", len(v), h, w, c)
		}
		for i, x := range v {
			if !(-1 <= x && x <= 1) {
				t.Fatalf("value %d is %v, want one in [-1, 1]", i, x)
			}
		}
	})
}
