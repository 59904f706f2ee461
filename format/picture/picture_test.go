package picture

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden pictures of testdata anew")

// golden compares an image with testdata/NAME.png, pixel by pixel. The pictures
// are made by: go test ./format/picture -update
func golden(t *testing.T, name string, img image.Image) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if *update {
		if err := WritePNG(path, img); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != want.Bounds() {
		t.Fatalf("%s: %v, want %v", name, img.Bounds(), want.Bounds())
	}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			g, w := color.NRGBAModel.Convert(img.At(x, y)), color.NRGBAModel.Convert(want.At(x, y))
			if g != w {
				t.Fatalf("%s: pixel (%d, %d) is %v, want %v", name, x, y, g, w)
			}
		}
	}
}

func TestByteOf(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, tt := range []struct {
		v    float32
		want byte
	}{
		{-1, 0}, {1, 255}, {0, 128}, {-inf, 0}, {inf, 255}, {-1.01, 0}, {1.01, 255},
		{-1 + 1/127.5, 1}, {-1 + 0.49/127.5, 0}, {-1 + 0.51/127.5, 1}, {1 - 0.51/127.5, 254},
		{math.MaxFloat32, 255}, {-math.MaxFloat32, 0},
	} {
		if got := byteOf(tt.v); got != tt.want {
			t.Errorf("byteOf(%v) = %d, want %d", tt.v, got, tt.want)
		}
	}
	// Bytes to values and back.
	for b := range 256 {
		if got := byteOf(float32(b)/127.5 - 1); int(got) != b {
			t.Errorf("byte %d came back as %d", b, got)
		}
	}
}

// Three gray pictures of 1×2, two columns, twice enlarged, a gap of one.
func TestGridPixels(t *testing.T) {
	img, err := Grid([]float32{-1, 1, 0, 1, -1, -1}, 3, 1, 2, 1, Options{Columns: 2, Scale: 2, Gap: 1})
	if err != nil {
		t.Fatal(err)
	}
	const g = gapGray
	want := []byte{
		g, g, g, g, g, g, g, g, g, g, g,
		g, 0, 0, 255, 255, g, 128, 128, 255, 255, g,
		g, 0, 0, 255, 255, g, 128, 128, 255, 255, g,
		g, g, g, g, g, g, g, g, g, g, g,
		g, 0, 0, 0, 0, g, g, g, g, g, g,
		g, 0, 0, 0, 0, g, g, g, g, g, g,
		g, g, g, g, g, g, g, g, g, g, g,
	}
	gray, ok := img.(*image.Gray)
	if !ok || gray.Rect != image.Rect(0, 0, 11, 7) || !slices.Equal(gray.Pix, want) {
		t.Errorf("got %T %v\n%v\nwant\n%v", img, img.Bounds(), gray.Pix, want)
	}
}

func TestColours(t *testing.T) {
	for _, tt := range []struct {
		c    int
		v    []float32
		want []byte
	}{
		{3, []float32{-1, 0, 1, 1, -1, -1}, []byte{0, 128, 255, 255, 255, 0, 0, 255}},
		{4, []float32{-1, 0, 1, 0, 1, -1, -1, -1}, []byte{0, 128, 255, 128, 255, 0, 0, 0}},
	} {
		img, err := Image(tt.v, 2, 1, tt.c)
		if err != nil {
			t.Fatal(err)
		}
		if p := img.(*image.NRGBA); p.Rect != image.Rect(0, 0, 1, 2) || !slices.Equal(p.Pix, tt.want) {
			t.Errorf("%d channels: %v %v, want %v", tt.c, p.Rect, p.Pix, tt.want)
		}
		grid, err := Grid(tt.v, 2, 1, 1, tt.c, Options{Columns: 1, Scale: 1, Gap: -1})
		if err != nil || !slices.Equal(grid.(*image.NRGBA).Pix, tt.want) {
			t.Errorf("%d channels, a grid without a gap: %v (%v), want %v", tt.c, grid, err, tt.want)
		}
	}
}

// The sizes a screen is filled with.
func TestAutomaticLayout(t *testing.T) {
	for _, tt := range []struct {
		n, h, w int
		want    layout
	}{
		{64, 8, 8, layout{8, 15, 2, 978, 978}},
		{64, 28, 28, layout{8, 4, 2, 914, 914}},
		{64, 32, 32, layout{8, 3, 2, 786, 786}},
		{1, 28, 28, layout{1, 35, 2, 984, 984}},
		{10, 8, 8, layout{4, 30, 2, 970, 728}},
		{8, 10, 40, layout{2, 12, 2, 966, 490}}, // wide pictures: fewer columns
		{8, 40, 10, layout{6, 12, 2, 734, 966}},
		{10000, 32, 32, layout{100, 1, 2, 3402, 3402}}, // never reduced
	} {
		got, err := layOut(tt.n, tt.h, tt.w, Options{})
		if err != nil || got != tt.want {
			t.Errorf("%d of %d×%d: %+v (%v), want %+v", tt.n, tt.h, tt.w, got, err, tt.want)
		}
	}
}

func TestGridRefuses(t *testing.T) {
	nan := make([]float32, 2*2*3*3)
	nan[2*3*3+1*9+2*3+1] = float32(math.NaN())
	for _, tt := range []struct {
		name       string
		v          []float32
		n, h, w, c int
		opts       Options
		want       string
	}{
		{"channels", make([]float32, 2), 1, 1, 1, 2, Options{}, "2 channels, want 1, 3 or 4"},
		{"none", nil, 0, 1, 1, 1, Options{}, "0 images"},
		{"no width", nil, 1, 1, 0, 1, Options{}, "0 columns"},
		{"too few", make([]float32, 11), 1, 2, 2, 3, Options{}, "11 values, want n·h·w·c = 1·2·2·3 = 12"},
		{"overflow", nil, math.MaxInt, math.MaxInt, math.MaxInt, 4, Options{}, "at most"},
		{"overflow to few", nil, 1 << (bits.UintSize / 2), 1 << (bits.UintSize / 2), 1, 1, Options{},
			"at most"},
		{"NaN", nan, 2, 2, 3, 3, Options{}, "image 1, row 1, column 2, channel 1 is NaN"},
		{"options", make([]float32, 1), 1, 1, 1, 1, Options{Scale: -1}, "no negative number"},
		{"too large", make([]float32, 1), 1, 1, 1, 1, Options{Scale: 1 << 20}, "want at most 268435456"},
		{"far too large", make([]float32, 1), 1, 1, 1, 1, Options{Gap: math.MaxInt}, "want at most"},
	} {
		_, err := Grid(tt.v, tt.n, tt.h, tt.w, tt.c, tt.opts)
		if err == nil || !strings.HasPrefix(err.Error(), "picture: Grid: ") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := Image(nil, 1, 1, 1); err == nil || !strings.HasPrefix(err.Error(), "picture: Image: ") {
		t.Errorf("Image: %v", err)
	}
}

func TestWritePNG(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.png")
	img, err := Image([]float32{-1, 1}, 1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := WritePNG(path, img); err != nil {
		t.Fatal(err)
	}
	// An image PNG cannot hold: the old file stays.
	if err := WritePNG(path, image.NewGray(image.Rectangle{})); err == nil ||
		!strings.HasPrefix(err.Error(), "picture: WritePNG: "+path) {
		t.Errorf("empty image: %v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	back, err := png.Decode(f)
	if err != nil || back.(*image.Gray).Pix[1] != 255 {
		t.Errorf("came back as %v (%v)", back, err)
	}
	if err := WritePNG(filepath.Join(path, "x.png"), img); err == nil {
		t.Error("a picture was written below a file")
	}
}
