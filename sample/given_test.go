package sample

import (
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/picture"
)

// still is the field that is 0: every path stays where it starts, if μ is 0.
func still(f []float64, _ Query) error {
	clear(f)
	return nil
}

// Points that are given are noised to where the part of the way begins that is left: for a
// clock the last steps of its grid, for a descent a part of the start. Each sample has its
// own noise, and all of the way is that of a draw without points.
func TestStrength(t *testing.T) {
	p := method(t, "fm")
	given := &Given{Points: []float32{1, -2, 0.5, 3}}
	at := func(sampler string, strength float64) *Result {
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps = sampler, 3, 2, 10 })
		s.Given, s.Strength = given, strength
		return exactly(t, still, p, 2, s)
	}
	for _, tt := range []struct {
		sampler  string
		strength float64
		t        float64 // where a(t) x + b(t) ε is made
		nfe      int
	}{
		{"euler", 0.3, 0.3, 3}, {"euler", 0.25, 0.3, 3}, {"heun", 0.5, 0.5, 10},
		{"gd", 0.3, 0.3, 9}, {"gd", 0.25, 0.25, 9}, {"adam", 0.5, 0.5, 9},
	} {
		r := at(tt.sampler, tt.strength)
		for i := range 3 {
			for d, z := range start(0, i, 2) {
				want := (1-tt.t)*float64(given.Points[(2*i+d)%4]) + tt.t*float64(z)
				if got := float64(r.X[2*i+d]); math.Abs(got-want) > 1e-6 {
					t.Errorf("%s, strength %v: sample %d has %v, want %v", tt.sampler, tt.strength, i, got,
						want)
				}
			}
			if r.NFE[i] != tt.nfe {
				t.Errorf("%s, strength %v: %d evaluations, want %d", tt.sampler, tt.strength, r.NFE[i],
					tt.nfe)
			}
		}
	}
	for _, m := range methods() {
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Start = m.Name, 3, 2, 40, 0.9 })
		q := custom(t, "linear", "eqm-linear", uniform(0.01, 0.95))
		if m.Part != Whole || s.Fits(q) != nil {
			continue
		}
		plain := exactly(t, sines, q, 2, s)
		s.Given = given
		if whole := exactly(t, sines, q, 2, s); !slices.Equal(whole.X, plain.X) {
			t.Errorf("%s: strength 1 draws %v, without points %v", m.Name, whole.X, plain.X)
		}
		s.Strength = 0
		if none := exactly(t, sines, q, 2, s); !slices.Equal(none.X, []float32{1, -2, 0.5, 3, 1, -2}) {
			t.Errorf("%s: strength 0 makes %v of the points", m.Name, none.X)
		}
	}
}

// sines is a field for any method.
func sines(f []float64, q Query) error {
	for e, y := range q.Y {
		f[e] = math.Sin(y)
	}
	return nil
}

// Of points with known coordinates the others are drawn, and the known come back to the bit:
// by every method, on a device where on the host, whatever the batch.
func TestMask(t *testing.T) {
	const dim, n = 5, 7
	f, eval := waves(dim)
	p := method(t, "fm")
	for _, m := range ordered() {
		if m.Part != Whole {
			continue
		}
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = m.Name, n, n, 12, 0.03 })
		s.Strength = 0.8
		s.Given = &Given{Points: []float32{1, 2, 3, 4, 5, -1, -2, -3, -4, -5},
			Free: []bool{true, false, true, false, true, true, true, true, false, true}}
		want := exactly(t, eval, p, dim, s)
		got, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		within := 256 * u32
		if m.Error || m.Reads { // a rounding changes the steps
			within = 1e-4
		}
		for i, x := range got.X {
			free, given := s.Given.free(i/dim, dim)[i%dim], s.Given.of(i/dim, dim)[i%dim]
			if free == (x == given) {
				t.Errorf("%s: x[%d] = %v, given %v, free %v", m.Name, i, x, given, free)
			}
			size := math.Max(1, math.Abs(float64(want.X[i])))
			if gap := math.Abs(float64(x - want.X[i])); gap > within*size {
				t.Errorf("%s: x[%d] = %v, on the host %v", m.Name, i, x, want.X[i])
			}
		}
		for _, batch := range []int{1, 4} {
			s.Batch = batch
			r, err := Run(t.Context(), compiled(t, f, dim), p, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			same(t, m.Name, r, got, n)
		}
	}
}

// What is known of a datum draws the rest of it: with the exact field of six points, one
// coordinate is enough to say which.
func TestMaskCompletesTheDatum(t *testing.T) {
	const dim, n = 16, 12
	data := corners(dim)
	for _, tt := range []struct{ sampler, process string }{
		{"gd", "eqm"}, {"ddim", "eqm"}, {"euler", "fm"}, {"heun", "fm"}} {
		p := method(t, tt.process)
		s := with(func(s *Spec) { s.Sampler, s.N, s.Batch = tt.sampler, n, n })
		s.Given = &Given{Free: make([]bool, dim)}
		for _, x := range data.Points {
			for _, v := range x {
				s.Given.Points = append(s.Given.Points, float32(v))
			}
		}
		for d := range dim {
			s.Given.Free[d] = d >= 3
		}
		r := exactly(t, blind(atoms(t, p, data)), p, dim, s)
		for i := range n {
			k, far := nearest(data, r.X[i*dim:(i+1)*dim])
			if k != i%len(data.Points) || far > 1 {
				t.Errorf("%s on %s: sample %d of point %d ends %.3g from point %d", tt.sampler, tt.process, i,
					i%len(data.Points), far, k)
			}
		}
	}
}

// Points and masks are read of what samples are written to.
func TestReadPoints(t *testing.T) {
	dir := t.TempDir()
	x := []float32{-1, 1, 0.2, -0.6, 1, 1, -1, 0}
	point := []int{2, 2, 1}
	r := drawn(2, 4)
	r.X = x
	if _, err := kept(t, filepath.Join(dir, "drawn"), r, Output{Point: point}, nil); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "pictures"), 0o700))
	for i, name := range []string{"pictures/a.png", "pictures/b.png"} {
		img, err := picture.Image(x[4*i:4*i+4], 2, 2, 1)
		must(err)
		f, err := os.Create(filepath.Join(dir, name))
		must(err)
		must(png.Encode(f, img))
		must(f.Close())
	}
	mask := &npy.Array{Shape: []int{2, 2}, Data: []float32{0, 1, 1, 0}}
	must(npy.WriteFile(filepath.Join(dir, "mask.npy"), mask))
	for _, from := range []string{"drawn", "drawn/samples.npy", "drawn/samples.safetensors", "pictures"} {
		got, err := ReadPoints(filepath.Join(dir, from), point)
		must(err)
		for i, v := range got {
			if len(got) != len(x) || math.Abs(float64(v-x[i])) > 1.01/255 {
				t.Fatalf("%s: %v, want %v", from, got, x)
			}
		}
	}
	for from, want := range map[string][]bool{"pictures/a.png": {false, true, true, false},
		"mask.npy": {false, true, true, false}} {
		got, err := ReadMask(filepath.Join(dir, from), point)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", from, got, err, want)
		}
		got, err = ReadMask(filepath.Join(dir, from), []int{2, 2, 2})
		if err != nil || len(got) != 8 || got[0] || !got[2] || !got[3] {
			t.Errorf("%s of two channels: %v, %v", from, got, err)
		}
	}
	for from, want := range map[string]string{"drawn": "want [3], or several",
		"pictures/a.png": "got pictures", "none.npy": "none.npy", "none": "none"} {
		if _, err := ReadPoints(filepath.Join(dir, from), []int{3}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", from, err, want)
		}
	}
	if _, err := ReadPoints(filepath.Join(dir, "pictures/a.png"), []int{3, 2, 1}); err == nil ||
		!strings.Contains(err.Error(), "got 2×2 pixels, want 2×3") {
		t.Errorf("a picture of another size: %v", err)
	}
}

// Bytes are pixels, and a mask of bytes is one of 0 and 1 or of 0 and 255.
func TestGivenBytes(t *testing.T) {
	head, err := npy.Header([]int{2, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bytes.npy")
	for _, tt := range []struct {
		bytes string
		want  []float32
		mask  []bool
	}{
		{"\x00\xff\x00\xff", []float32{-1, 1, -1, 1}, []bool{false, true, false, true}},
		{"\x01\x00\x01\x33", []float32{-253. / 255, -1, -253. / 255, -.6}, []bool{true, false, true, true}},
	} {
		file := strings.Replace(string(head), "<f4", "|u1", 1) + tt.bytes
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if x, err := ReadPoints(path, []int{2, 2, 1}); err != nil || !slices.Equal(x, tt.want) {
			t.Errorf("%q: got %v, error %v, want %v", tt.bytes, x, err, tt.want)
		}
		if m, err := ReadMask(path, []int{2, 2, 1}); err != nil || !slices.Equal(m, tt.mask) {
			t.Errorf("%q: got %v, error %v, want %v", tt.bytes, m, err, tt.mask)
		}
	}
}

// A mask that says nothing of a coordinate is refused: NaN is neither white nor black.
func TestMaskOfNaN(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mask.npy")
	nan := &npy.Array{Shape: []int{2, 2}, Data: []float32{0, 1, float32(math.NaN()), 0}}
	if err := npy.WriteFile(path, nan); err != nil {
		t.Fatal(err)
	}
	if m, err := ReadMask(path, []int{2, 2, 1}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("got %v, %v, want ErrNotFinite", m, err)
	}
}

// What does not go together with points that are given.
func TestGivenRefuses(t *testing.T) {
	p := method(t, "fm")
	for _, tt := range []struct {
		given *Given
		want  string
	}{
		{nil, "strength: got 0.5, want 1 where no points are given, by"},
		{&Given{}, "given: got 0 numbers, want points of 2"},
		{&Given{Points: make([]float32, 3)}, "given: got 3 numbers, want points of 2"},
		{&Given{Points: make([]float32, 4), Free: make([]bool, 3)}, "given: mask: got 3 coordinates"},
		{&Given{Points: []float32{0, float32(math.NaN())}}, "given: point 0 has coordinate 1 = NaN"},
	} {
		s := Defaults()
		s.Given, s.Strength = tt.given, 0.5
		if _, err := Run(t.Context(), OnHost(still, 2), p, s, nil); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.given, err, tt.want)
		}
	}
}
