package datasets

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

var _ = madeBy(func(*testing.T) string { return "testdata/arrays/keras.npz" }, "array")

// openNumpy opens a file that testdata/arrays/make.py wrote.
func openNumpy(kind, file string, v choice.Values) (Source, error) {
	params := choice.Values{"path": filepath.Join("testdata/arrays", file)}
	for key, x := range v {
		params[key] = x
	}
	return Open(choice.Choice{Kind: kind, Params: params})
}

// numpyArrays are arrays in those files, and what each holds.
var numpyArrays = []struct {
	file   string
	params choice.Values
	shape  Shape
	image  bool
	lo, hi float32
	levels int
	labels []int32
	value  func(i, row, col, c int) float64
}{
	{"keras.npz", nil, Shape{4, 4, 1}, true, -1, 1, 256, []int32{0, 1, 2, 1, 0, 2},
		func(i, r, c, _ int) float64 { return float64(2*(i*16+r*4+c))/127.5 - 1 }},
	{"keras.npz", choice.Values{"split": "test"}, Shape{4, 4, 1}, true, -1, 1, 256, []int32{1, 0},
		func(i, r, c, _ int) float64 { return float64(2*((6+i)*16+r*4+c))/127.5 - 1 }},
	{"guided.npz", nil, Shape{5, 5, 3}, true, -1, 1, 256, []int32{7, 0, 9},
		func(i, r, col, c int) float64 { return float64(i*75+r*15+col*3+c)/127.5 - 1 }},
	{"guided.npz", choice.Values{"key": "arr_0", "labels": "none", "range": []float64{0, 511}},
		Shape{5, 5, 3}, true, -1, 1, 512, []int32{NoLabel, NoLabel, NoLabel},
		func(i, r, col, c int) float64 { return float64(i*75+r*15+col*3+c)/255.5 - 1 }},
	{"planes.npy", choice.Values{"labels": "testdata/arrays/labels.npy"}, Shape{5, 6, 3}, true,
		0, 359. / 512, 0, []int32{3, 0, 1, 3},
		func(i, r, col, c int) float64 { return float64(i*90+c*30+r*6+col) / 512 }},
	{"planes.npy", choice.Values{"range": []float64{0, 1}}, Shape{5, 6, 3}, true, -1, 1, 0,
		[]int32{-1, -1, -1, -1},
		func(i, r, col, c int) float64 { return float64(i*90+c*30+r*6+col)/256 - 1 }},
	{"planes.npy", choice.Values{"layout": "points"}, Shape{1, 1, 90}, false, 0, 359. / 512, 0,
		[]int32{-1, -1, -1, -1}, func(i, _, _, c int) float64 { return float64(i*90+c) / 512 }},
	{"points.npy", nil, Shape{1, 1, 2}, false, -1, 1.25, 0, []int32{-1, -1, -1, -1, -1},
		func(i, _, _, c int) float64 { return float64(2*i+c)/4 - 1 }},
}

// Arrays of every layout, type and order are found in files that numpy wrote.
func TestNumpyArrays(t *testing.T) {
	for _, tt := range numpyArrays {
		src, err := openNumpy("array", tt.file, tt.params)
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		info := src.Info()
		if info.Shape != tt.shape || info.Image != tt.image || info.Levels != tt.levels || info.Lo != tt.lo ||
			info.Hi != tt.hi || info.Count != len(tt.labels) {
			t.Errorf("%s %v: got %+v, want %v, image %t, %d levels in [%v, %v]", tt.file, tt.params, info,
				tt.shape, tt.image, tt.levels, tt.lo, tt.hi)
			continue
		}
		x := make([]float32, info.Shape.Len())
		for i, want := range tt.labels {
			label, err := src.Read(x, i)
			if err != nil || label != want {
				t.Errorf("%s: label %d is %d, want %d, error %v", tt.file, i, label, want, err)
			}
			for k, v := range x {
				row, col, c := k/info.Shape.C/info.Shape.W, k/info.Shape.C%info.Shape.W, k%info.Shape.C
				if want := tt.value(i, row, col, c); math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf(
						"%s %v: sample %d, row %d, column %d, channel %d is %v, want %v",
						tt.file,
						tt.params,
						i,
						row,
						col,
						c,
						v,
						want,
					)
				}
			}
		}
	}
}

// What is wrong with an array is said in one line that names the file and what may be done.
func TestArrayFaults(t *testing.T) {
	dir := folder(t, map[string][]byte{"short.npy": []byte("\x93NUM"), "text.npy": []byte("no array at all")})
	for _, tt := range []struct {
		file   string
		params choice.Values
		want   string
	}{
		{"", nil, "path: got none"},
		{"nowhere.npy", nil, "no such file"},
		{filepath.Join(dir, "short.npy"), nil, "got less than 6 bytes"},
		{filepath.Join(dir, "text.npy"), nil, "not a safetensors file"},
		{"nan.npy", nil, "nan.npy: row 2: value 52 is NaN, want a finite number"},
		{"planes.npy", choice.Values{"range": []float64{0, 0.5}}, "row 2: value 77 is 0.501953"},
		{"planes.npy", choice.Values{"range": []float64{1, 0}}, "range: got [1, 0], want [lo, hi]"},
		{"planes.npy", choice.Values{"key": "x"}, `key: got "x", want none`},
		{"planes.npy", choice.Values{"labels": "y"}, `got the name "y", want the path of another .npy file`},
		{"planes.npy", choice.Values{"labels": "testdata/arrays/points.npy"},
			"labels: got shape [5 2], want [4]; labels=none takes the samples without"},
		{"planes.npy", choice.Values{"split": "test"}, `split: got "test", want train: path is one array`},
		{"points.npy", choice.Values{"layout": "nhwc"}, "layout: got nhwc for shape [5 2], want points"},
		{"keras.npz", choice.Values{"key": "x"}, `no array "x", it has "x_test, x_train, y_test, y_train"`},
		{"keras.npz", choice.Values{"labels": "y_test"}, "labels: got shape [2], want [6]"},
		{"keras.npz", choice.Values{"classes": 2}, "label 2: got 2, want a whole number from 0 to 1"},
		{"latents.npz", nil, "no array with a usual name for train samples, like x_train; it has labels, " +
			"moments, moments_flip; key=NAME says which"},
		{"latents.npy", nil, ""},
	} {
		path := tt.file
		if path != "" && !filepath.IsAbs(path) {
			path = filepath.Join("testdata/arrays", path)
		}
		params := choice.Values{"path": path}
		for key, x := range tt.params {
			params[key] = x
		}
		_, err := Open(choice.Choice{Kind: "array", Params: params})
		if tt.want == "" && err != nil ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s %v: got %v, want %q", tt.file, tt.params, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", tt.file, err)
		}
	}
}

func TestLayout(t *testing.T) {
	for _, tt := range []struct {
		shape []int
		said  string
		want  layout
	}{
		{[]int{9}, "auto", layout{shape: Shape{1, 1, 1}}},
		{[]int{9, 5}, "auto", layout{shape: Shape{1, 1, 5}}},
		{[]int{9, 8, 7}, "auto", layout{shape: Shape{8, 7, 1}, image: true}},
		{[]int{9, 8, 7, 3}, "auto", layout{shape: Shape{8, 7, 3}, image: true}},
		{[]int{9, 4, 8, 7}, "auto", layout{shape: Shape{8, 7, 4}, image: true, planes: true}},
		{[]int{9, 16, 8, 8}, "auto", layout{shape: Shape{8, 8, 16}, planes: true}},
		{[]int{9, 8, 8, 16}, "auto", layout{shape: Shape{8, 8, 16}}},
		{[]int{9, 3, 3, 1}, "auto", layout{shape: Shape{3, 3, 1}, image: true}},
		{[]int{9, 3, 3, 3}, "auto", layout{}},
		{[]int{9, 5, 6, 7}, "auto", layout{}},
		{[]int{9, 3, 3, 3}, "nchw", layout{shape: Shape{3, 3, 3}, image: true, planes: true}},
		{[]int{9, 2, 3, 3, 3}, "auto", layout{}},
		{[]int{9, 2, 3, 3, 3}, "points", layout{shape: Shape{1, 1, 54}}},
		{[]int{9, 3, 3}, "nchw", layout{}},
	} {
		got, err := layoutOf(tt.shape, tt.said)
		if refused := tt.want == (layout{}); got != tt.want || (err != nil) != refused {
			t.Errorf("%d as %s: got %+v, error %v, want %+v", tt.shape, tt.said, got, err, tt.want)
		}
	}
}

// Latents come from what numpy wrote too, with their mirrors and classes in other files.
func TestNumpyLatents(t *testing.T) {
	small := choice.Values{"side": 3, "channels": 2, "classes": 5, "scale": 1.}
	with := func(more choice.Values) choice.Values {
		v := choice.Choice{Params: small}.Clone().Params
		for key, x := range more {
			v[key] = x
		}
		return v
	}
	apart, err := openNumpy("latents", "latents.npy", with(choice.Values{
		"mirrored": "testdata/arrays/flipped.npy", "labels": "testdata/arrays/classes.npy"}))
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 18)
	for i, want := range []int32{1, 4, 1, 4} {
		label, err := apart.Read(x, i)
		sign := float32(1 - i/2*2)
		if err != nil || label != want || x[1] != sign*float32(i%2*18+9) {
			t.Errorf("sample %d: label %d, value 1 %v, error %v", i, label, x[1], err)
		}
	}
	together, err := openNumpy("latents", "latents.npz", with(choice.Values{"tensor": "moments"}))
	if err != nil || together.Info().Count != 4 {
		t.Fatal(together, err)
	}
	for name, want := range map[string]string{"labels": "or classes 0", "nowhere.npy": "no such"} {
		_, err := openNumpy("latents", "latents.npy", with(choice.Values{"labels": name}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("labels=%s: %v, want %q", name, err, want)
		}
	}
}

// A file that is cut while it is read is an error that names it.
func TestArrayShrinks(t *testing.T) {
	data, err := os.ReadFile("testdata/arrays/points.npy")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t, map[string][]byte{"x.npy": data}), "x.npy")
	src, err := Open(choice.Choice{Kind: "array", Params: choice.Values{"path": path}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(data)-1)); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Read(make([]float32, 2), 4); err == nil || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
}
