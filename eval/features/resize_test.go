package features

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/npy"
)

// A resize is Pillow's of images in float32, but for the rounding of the result: the sums of
// both are in float64, in another order. testdata/resize.py writes what Pillow makes.
func TestResizeIsPillows(t *testing.T) {
	z, err := npy.OpenArchive("testdata/resize.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	tried := map[string]int{}
	for _, name := range z.Names() {
		parts := strings.Split(name, "_")
		if len(parts) != 3 {
			continue
		}
		x, from := archived(t, z, parts[1])
		want, to := archived(t, z, name)
		r, err := newResizer(parts[0], from, to)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range r.resize(x) {
			if math.Abs(float64(v-want[i])) > 2*0x1p-24 { // values are at most about 1
				t.Errorf("%s: pixel %d is %v, want %v", name, i, v, want[i])
			}
		}
		tried[parts[0]]++
	}
	for _, k := range kernels {
		if tried[k.name] < 5 {
			t.Errorf("%s: tried %d times", k.name, tried[k.name])
		}
	}
}

// archived is an image of an archive.
func archived(t *testing.T, z *npy.Archive, name string) ([]float32, datasets.Shape) {
	t.Helper()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x := make([]float32, f.Len())
	if err := f.ReadFloat32At(x, 0); err != nil {
		t.Fatal(err)
	}
	return x, datasets.Shape{H: f.Shape[0], W: f.Shape[1], C: 1}
}

// An image of one colour keeps it, whatever the sizes, and channels do not mix; its own size
// leaves an image as it is.
func TestResize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 20)
		c := rapid.IntRange(1, 3).Draw(t, "c")
		from := datasets.Shape{H: side.Draw(t, "h"), W: side.Draw(t, "w"), C: c}
		to := datasets.Shape{H: side.Draw(t, "new h"), W: side.Draw(t, "new w"), C: c}
		by := rapid.SampledFrom(kernels).Draw(t, "by")
		r, err := newResizer(by.name, from, to)
		if err != nil {
			t.Fatal(err)
		}
		flat := make([]float32, from.Len())
		for i := range flat {
			flat[i] = float32(i%c) - .5
		}
		for i, v := range r.resize(flat) {
			if math.Abs(float64(v)-(float64(i%c)-.5)) > 1e-6 {
				t.Fatalf("%v: value %d is %v", r, i, v)
			}
		}
		same, err := newResizer(by.name, from, from)
		if err != nil {
			t.Fatal(err)
		}
		for i := range flat {
			flat[i] = float32(math.Sin(float64(i)))
		}
		for i, v := range same.resize(flat) {
			if v != flat[i] {
				t.Fatalf("%v: value %d is %v, want %v", same, i, v, flat[i])
			}
		}
	})
	grey, coloured := datasets.Shape{H: 1, W: 1, C: 1}, datasets.Shape{H: 1, W: 1, C: 3}
	if _, err := newResizer("bicubic", grey, coloured); err == nil {
		t.Error("grey images became coloured")
	}
}
