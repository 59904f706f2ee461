package raster

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// golden is a line of testdata/golden.txt, which testdata/write.py wrote by Pillow.
type golden struct {
	file      string
	want      Wanted
	tolerance int
	image     Image
}

func goldens(t testing.TB) []golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []golden
	for line := range strings.Lines(string(text)) {
		var g golden
		var fit, pixels string
		w, b := &g.want, &g.want.Background
		_, err := fmt.Sscanf(line, "%s %dx%dx%d %s #%02x%02x%02x %d %dx%d %s", &g.file, &w.H, &w.W, &w.C,
			&fit, &b[0], &b[1], &b[2], &g.tolerance, &g.image.H, &g.image.W, &pixels)
		if err == nil {
			g.image.Pix, err = base64.StdEncoding.DecodeString(pixels)
		}
		if err != nil {
			t.Fatalf("%.80s: %v", line, err)
		}
		var ok bool
		if g.want.Fit, ok = FitNamed(fit); !ok {
			t.Fatalf("no fit %q", fit)
		}
		g.image.C = g.want.C
		list = append(list, g)
	}
	return list
}

func (g golden) String() string {
	return fmt.Sprintf("%s as %d×%d×%d, %s, over %d", g.file, g.want.H, g.want.W, g.want.C,
		FitNames()[g.want.Fit], g.want.Background)
}

// What Pillow makes of the same files is what this package makes of them.
func TestDecodeAgreesWithPillow(t *testing.T) {
	formats := map[string]bool{}
	for _, g := range goldens(t) {
		data, err := os.ReadFile(filepath.Join("testdata", g.file))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(data, g.want)
		if err != nil {
			t.Errorf("%v: %v", g, err)
			continue
		}
		if m.H != g.image.H || m.W != g.image.W || len(m.Pix) != len(g.image.Pix) {
			t.Errorf("%v: got %d×%d, want %d×%d", g, m.H, m.W, g.image.H, g.image.W)
			continue
		}
		most, where := 0, 0
		for k, p := range m.Pix {
			if d := max(int(p), int(g.image.Pix[k])) - min(int(p), int(g.image.Pix[k])); d > most {
				most, where = d, k
			}
		}
		if most > g.tolerance {
			t.Errorf("%v: value %d is %d, want %d, at most %d off", g, where, m.Pix[where],
				g.image.Pix[where], g.tolerance)
		}
		h, err := Inspect(data)
		if err != nil {
			t.Errorf("%v: %v", g, err)
		}
		if g.want.H == 0 && (h.H != m.H || h.W != m.W) {
			t.Errorf("%v: the header says %d×%d, the picture has %d×%d", g, h.H, h.W, m.H, m.W)
		}
		formats[h.Format] = true
	}
	for _, f := range strings.Split(readable(), ", ") {
		if !formats[f] {
			t.Errorf("no file of format %s is tested", f)
		}
	}
}

// Which pictures are known to be grey before they are decoded.
func TestInspectGray(t *testing.T) {
	for name, want := range map[string]bool{
		"gray.png": true, "gray16.png": true, "grayalpha.png": true, "palettegray.png": true,
		"gray.jpg": true,
		"gray.bmp": true, "gray16.tiff": true, "bits.png": true, "palette.png": false, "rgb.png": false,
		"rgba.png": false, "full.jpg": false, "cmyk.jpg": false, "palette.gif": false, "lossless.webp": false,
	} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := Inspect(data); err != nil || h.Gray != want {
			t.Errorf("%s: gray is %v (%v), want %v", name, h.Gray, err, want)
		}
	}
}

// A resize of what is constant is the constant, at every size, and every size comes out.
func TestResizeOfConstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 70)
		v := uint8(rapid.IntRange(0, 255).Draw(t, "value"))
		m := new(memory).image(side.Draw(t, "H"), side.Draw(t, "W"),
			rapid.SampledFrom([]int{1, 3}).Draw(t, "C"))
		m.fill([3]uint8{v, v, v})
		w := Wanted{H: side.Draw(t, "h"), W: side.Draw(t, "w"), C: m.C, Background: [3]uint8{v, v, v}}
		for _, f := range fits {
			r := f.make(m, w, new(memory), new(scratch))
			if r.H != w.H || r.W != w.W || len(r.Pix) != w.H*w.W*m.C {
				t.Fatalf("%s: %d×%d of %d bytes, want %d×%d", f.name, r.H, r.W, len(r.Pix), w.H, w.W)
			}
			for k, p := range r.Pix {
				if p != v {
					t.Fatalf("%s: value %d is %d, want %d", f.name, k, p, v)
				}
			}
		}
	})
}

// A picture cut anywhere is an error or the whole picture: what is cut off may be needless.
func TestDecodeCut(t *testing.T) {
	for _, name := range []string{"full.jpg", "progressive.jpg", "turned6.jpg", "rgba.png", "palette.gif",
		"lzw.tiff", "rgb.bmp", "lossless.webp", "lossy.webp"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := Decode(data, Wanted{C: 3})
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(data) {
			m, err := Decode(data[:n:n], Wanted{C: 3})
			if err == nil && !bytes.Equal(m.Pix, whole.Pix) {
				t.Errorf("%s: %d bytes of %d are read as another picture", name, n, len(data))
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %d bytes: more than one line: %v", name, n, err)
			}
		}
	}
}

// hugePNG is the header of a PNG of 100,000 × 100,000 pixels and nothing after it.
func hugePNG() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	data := b.Bytes()
	binary.BigEndian.PutUint32(data[16:], 100_000)
	binary.BigEndian.PutUint32(data[20:], 100_000)
	binary.BigEndian.PutUint32(data[29:], pngChecksum(data[12:29]))
	return data
}

func TestDecodeRefuses(t *testing.T) {
	whole, err := os.ReadFile("testdata/rgb.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		data []byte
		w    Wanted
		want string
	}{
		{nil, Wanted{C: 3}, "raster: Decode: got no bytes, want a picture"},
		{[]byte("hello, pictures"), Wanted{C: 3},
			`got 15 bytes that begin with "hello, p", want one of JPEG, PNG, GIF, `},
		{hugePNG(), Wanted{C: 3}, "PNG: got 100000×100000 pixels, want at most 100000000"},
		{[]byte("\x00\x00\x00\x20ftypavif\x00\x00\x00\x00"), Wanted{C: 3},
			"got AVIF, which is not read: want one of JPEG"},
		{[]byte("\x00\x00\x00\x20ftypheic\x00\x00\x00\x00"), Wanted{C: 3}, "got HEIC, which is not read"},
		{whole, Wanted{C: 2}, "channels: got 2, want 1 or 3"},
		{whole, Wanted{C: 3, H: 4}, "size: got 4×0, want two positive numbers or 0×0"},
		{whole, Wanted{C: 3, H: 1 << 20, W: 1 << 20},
			"size: got 1048576×1048576, want at most 100000000 pixels"},
	} {
		if _, err := Decode(tt.data, tt.w); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got error %v, want %q", err, tt.want)
		}
	}
}
