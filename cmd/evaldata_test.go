package cmd

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/npy"
)

// putGrey writes n grey pictures of side × side pixels below dir, each pixel of 8 × 8 a square.
func putGrey(t *testing.T, dir string, n, side int) {
	t.Helper()
	for i := range n {
		m := image.NewGray(image.Rect(0, 0, side, side))
		for k := range m.Pix {
			row, column := k/side*8/side, k%side*8/side
			m.Pix[k] = uint8((row*8+column)*37*(i+1) + 11*i)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		put(t, fmt.Sprintf("%s/%d.png", dir, i), b.String())
	}
}

// A directory of pictures, arrays of bytes and of numbers with the same values, and a data set by
// its name are judged as they are, and held to a path: all have the same score.
func TestEvalData(t *testing.T) {
	inTemp(t)
	const n = 9
	putGrey(t, "pics", n, 8)
	src, err := datasets.Open(choice.Choice{Kind: "folder", Params: choice.Values{"path": "pics"}})
	if err != nil {
		t.Fatal(err)
	}
	a := &npy.Array{Shape: []int{n, 8, 8, 1}, Data: make([]float32, n*64)}
	var raw strings.Builder
	for i := range n {
		if _, err := src.Read(a.Data[i*64:(i+1)*64], i); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range a.Data {
		raw.WriteByte(byte(math.Round(float64(v+1) * 127.5)))
	}
	if err := npy.WriteFile("a.npy", a); err != nil {
		t.Fatal(err)
	}
	header := "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 8, 8), }"
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	put(t, "bytes.npy", "\x93NUMPY\x01\x00\x76\x00"+header+raw.String())
	var want float64
	for i, path := range []string{"pics", "a.npy", "bytes.npy", "folder:path=pics,size=8"} {
		r := judge(t, path, "--against", "digits", "--metrics", "mmd").Reports[0]
		got := r.Scores[0]
		if i == 0 {
			want = got.Value
		}
		if math.Abs(got.Value-want) > 1e-6 || got.N != n || r.Given == nil || r.Given.Count != n {
			t.Errorf("%s: got %+v of %+v, want %v", path, got, r.Given, want)
		}
	}
	scored := func(against string) float64 {
		r := judge(t, "digits:split=test", "--against", against, "--metrics", "mmd").Reports[0]
		return r.Scores[0].Value
	}
	for _, against := range []string{"pics", "bytes.npy"} {
		if got, want := scored(against), scored("a.npy"); math.Abs(got-want) > 1e-6 {
			t.Errorf("against %s: got %v, want %v", against, got, want)
		}
	}
}

// Pictures of another size are resized to that of the data, or of the run that is held to them,
// and this is said.
func TestEvalDataResized(t *testing.T) {
	inTemp(t)
	putGrey(t, "large", 9, 16)
	r := judge(t, "large", "--against", "digits", "--metrics", "mmd").Reports[0]
	if r.Given.Shape[0] != 8 || !strings.Contains(r.Given.Data, "size=8") ||
		!strings.Contains(strings.Join(r.Notes, "\n"), "pictures were resized to 8×8") {
		t.Errorf("got %+v and %q", r.Given, r.Notes)
	}
	put(t, "tiny.yaml", tiny)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	r = judge(t, "runs/tiny", "--against", "large", "--metrics", "mmd").Reports[0]
	if r.Against.Shape[0] != 8 || !strings.Contains(strings.Join(r.Notes, "\n"), "held to, pictures") {
		t.Errorf("got %+v and %q", r.Against, r.Notes)
	}
	refused(t, "folder:path=large,size=16 --against digits", "eval: folder:path=large,size=16: got points "+
		"of shape 16×16×1, want 8×8×1, that of digits")
}

// A distance is of the features that suit it, and so the same, whatever is computed beside it.
func TestEvalFeaturesOfEachMetric(t *testing.T) {
	inTemp(t)
	alone := judge(t, "digits:split=train", "--against", "digits:split=test", "--metrics", "kid").Reports[0]
	both := judge(t, "digits:split=train", "--against", "digits:split=test", "--metrics",
		"kid,classes").Reports[0]
	a, b, last := alone.Scores[0], both.Scores[0], both.Scores[len(both.Scores)-1]
	if a.Value != b.Value || b.Features != "pixels" || a.FeaturesSum != b.FeaturesSum ||
		!strings.HasPrefix(last.Features, "classifier") || both.Classifier == nil {
		t.Errorf("got %+v beside %+v, want %+v", b, last, a)
	}
}

// Images on another scale than the data are judged as they are, and this is said; on the scale that
// is said for them they score as those of the data's.
func TestEvalDataOfAnotherScale(t *testing.T) {
	inTemp(t)
	a := &npy.Array{Shape: []int{9, 8, 8, 1}, Data: make([]float32, 9*64)}
	for i := range a.Data {
		a.Data[i] = float32(i*37%256) / 255
	}
	if err := npy.WriteFile("unit.npy", a); err != nil {
		t.Fatal(err)
	}
	for i, v := range a.Data {
		a.Data[i] = 2*v - 1
	}
	if err := npy.WriteFile("a.npy", a); err != nil {
		t.Fatal(err)
	}
	score := func(path string) (v float64, noted bool) {
		r := judge(t, path, "--against", "digits", "--metrics", "mmd").Reports[0]
		return r.Scores[0].Value, strings.Contains(strings.Join(r.Notes, "\n"),
			"values lie in [0, 1], those of digits in [-1, 1]")
	}
	want, noted := score("a.npy")
	if other, said := score("unit.npy"); noted || !said || other == want {
		t.Errorf("noted %t and %t, %v and %v", noted, said, want, other)
	}
	if got, said := score("array:path=unit.npy,range=[0,1]"); said || math.Abs(got-want) > 1e-6 {
		t.Errorf("noted %t, got %v, want %v", said, got, want)
	}
}
