package datasets

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/raster"
)

// pngOf is a picture of h×w pixels, in colour unless gray, different for every number.
func pngOf(t testing.TB, h, w, number int, gray bool) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	g := image.NewGray(m.Rect)
	for y := range h {
		for x := range w {
			m.Set(x, y, color.NRGBA{uint8(20*x + number), uint8(30 * y), uint8(40 * number), 255})
			g.Set(x, y, color.Gray{uint8(20*x + 9*y + number)})
		}
	}
	var b bytes.Buffer
	var img image.Image = m
	if gray {
		img = g
	}
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grow writes files, and the folders they are in, below a new directory.
func grow(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// smallFolder has two classes, of two pictures and of one in a folder of its own.
func smallFolder(t testing.TB) string {
	return grow(t, map[string][]byte{
		"cats/b.png": pngOf(t, 6, 9, 2, false), "cats/a.png": pngOf(t, 6, 9, 1, false),
		"dogs/old/c": pngOf(t, 6, 9, 3, false), ".DS_Store": {1}, "dogs/Thumbs.db": {2},
		"cats/.hidden.png": {},
		"notes.txt":        []byte("BM is no picture"), "birds/list.csv": {3},
	})
}

var _ = madeBy(func(t *testing.T) string { return smallFolder(t) }, "folder")

func openPictures(path string, v choice.Values) (Source, error) {
	params := choice.Values{"path": path}
	for key, x := range v {
		params[key] = x
	}
	return Open(choice.Choice{Kind: "folder", Params: params})
}

// Pictures come in the order of their names, class by class, as raster makes them of their
// files; what is none is passed over and counted.
func TestFolder(t *testing.T) {
	dir := smallFolder(t)
	src, err := openPictures(dir, choice.Values{"size": 4, "fit": "pad", "background": "#102030"})
	if err != nil {
		t.Fatal(err)
	}
	info := src.Info()
	if info.Count != 3 || info.Classes != 2 || info.Shape != (Shape{4, 4, 3}) || !info.Image {
		t.Fatalf("%+v", info)
	}
	wanted := raster.Wanted{H: 4, W: 4, C: 3, Fit: raster.Pad, Background: [3]uint8{16, 32, 48}}
	for i, name := range []string{"cats/a.png", "cats/b.png", "dogs/old/c"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := raster.Decode(data, wanted)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // decoded, and kept
			x := make([]float32, 48)
			label, err := src.Read(x, i)
			if err != nil || label != int32(i/2) {
				t.Fatalf("%s: label %d, error %v", name, label, err)
			}
			for k, p := range m.Pix {
				if want := float32(2*float64(p)/255 - 1); x[k] != want {
					t.Fatalf("%s: value %d is %v, want %v", name, k, x[k], want)
				}
			}
		}
	}
	for _, src := range []Source{src, SkipBad(src)} {
		if names := ClassNames(src); !slices.Equal(names, []string{"cats", "dogs"}) {
			t.Errorf("%T: classes %q", src, names)
		}
	}
	if want := []string{"3 pictures as 4×4×3 in 2 classes: cats, dogs; passed over: 3 hidden and " +
		"2 that are no pictures, like notes.txt"}; !slices.Equal(Notes(src), want) {
		t.Errorf("notes %q, want %q", Notes(src), want)
	}
}

// What is not said is as the pictures have it: their size, grey where all are, and no classes
// where they lie side by side.
func TestFolderAsFound(t *testing.T) {
	gray, mixed := map[string][]byte{}, map[string][]byte{}
	for i, name := range []string{"a.png", "b.png", "c.png"} {
		gray[name], mixed[name] = pngOf(t, 5, 7, i, true), pngOf(t, 5, 7, i, i > 0)
	}
	nested := map[string][]byte{"only/a.png": gray["a.png"], "only/b.png": gray["b.png"]}
	for _, tt := range []struct {
		files   map[string][]byte
		v       choice.Values
		shape   Shape
		classes int
	}{
		{gray, nil, Shape{5, 7, 1}, 0},
		{gray, choice.Values{"channels": 3}, Shape{5, 7, 3}, 0},
		{mixed, nil, Shape{5, 7, 3}, 0},
		{mixed, choice.Values{"channels": 1, "size": 2}, Shape{2, 2, 1}, 0},
		{nested, nil, Shape{5, 7, 1}, 0},
	} {
		src, err := openPictures(grow(t, tt.files), tt.v)
		if err != nil || src.Info().Shape != tt.shape || src.Info().Classes != tt.classes {
			t.Errorf("%v: %+v, error %v, want %v", tt.v, src, err, tt.shape)
		}
	}
}

// A directory with a folder train has splits, which are what is trained on and held out.
func TestFolderSplits(t *testing.T) {
	dir := grow(t, map[string][]byte{"train/x/a.png": pngOf(t, 4, 4, 1, false),
		"train/y/a.png": pngOf(t, 4, 4, 2, false), "val/x/a.png": pngOf(t, 4, 4, 3, false)})
	c := choice.Choice{Kind: "folder", Params: choice.Values{"path": dir}}
	src, err := Open(c)
	if err != nil || src.Info().Count != 2 || src.Info().Classes != 2 {
		t.Fatalf("train: %v, error %v", src, err)
	}
	held, ok := HeldOut(c)
	if src, err = Open(held); !ok || err != nil || src.Info().Count != 1 {
		t.Errorf("test: %v, error %v", src, err)
	}
	flat := choice.Choice{Kind: "folder", Params: choice.Values{"path": filepath.Join(dir, "train")}}
	if _, ok := HeldOut(flat); ok {
		t.Error("a folder without splits has a test set")
	}
	if _, err := openPictures(flat.Params.Text("path"), choice.Values{"split": "test"}); err == nil ||
		!strings.HasPrefix(err.Error(), `split: got "test", want train`) {
		t.Errorf("test of a folder without: error %v", err)
	}
}

// A class has one number in the training set and in the test set, which may not have all of them.
func TestSplitsHaveTheSameClasses(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string // of an archive of parquet files, or nothing for a picture
		want  string            // the error, or nothing where the label is 2
		kind  string
	}{
		"folder": {map[string]string{"train/ape/a.png": "", "train/bee/a.png": "", "train/cat/a.png": "",
			"test/cat/a.png": ""}, "", "folder"},
		"folder, two": {map[string]string{"train/a/a.png": "", "train/b/a.png": "", "train/cat/a.png": "",
			"test/cat/a.png": "", "test/b/b.png": ""}, "", "folder"},
		"folder, another": {map[string]string{"train/ape/a.png": "", "train/bee/a.png": "",
			"val/bee/a.png": "", "val/cat/a.png": ""},
			"val: got the class cat, want those of the training set: ape, bee; or labels=none", "folder"},
		"parquet": {map[string]string{"train.parquet": "words", "test.parquet": "cats"}, "", "parquet"},
		"parquet, another": {map[string]string{"train.parquet": "words", "test.parquet": "dogs"},
			"row 0: got the class dog, want those of the training set: ape, bee, cat; or label=none",
			"parquet"},
		"parquet, numbers": {map[string]string{"train.parquet": "hf", "test.parquet": "dogs"},
			"got names of classes in the test set, want them in the training set too", "parquet"},
	} {
		files := map[string][]byte{}
		for file, from := range tt.files {
			files[file] = pngOf(t, 4, 4, len(files), false)
			if from != "" {
				b, err := os.ReadFile("testdata/encoded/" + from + ".parquet")
				if err != nil {
					t.Fatal(err)
				}
				files[file] = b
			}
		}
		src, err := Open(choice.Choice{Kind: tt.kind,
			Params: choice.Values{"path": grow(t, files), "split": "test"}})
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v, want %q", name, err, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		last := src.Info().Count - 1
		k, err := src.Read(make([]float32, src.Info().Shape.Len()), last)
		if err != nil || k != 2 || src.Info().Classes != 3 {
			t.Errorf("%s: got label %d of %d, error %v, want 2 of 3", name, k, src.Info().Classes, err)
		}
	}
}

// The fingerprint is of contents and what is made of them, and not of where they are.
func TestFolderFingerprint(t *testing.T) {
	of := func(name string, number int, v choice.Values) string {
		src, err := openPictures(grow(t, map[string][]byte{"a.png": pngOf(t, 6, 6, 1, false),
			name: pngOf(t, 6, 6, number, false)}), v)
		if err != nil {
			t.Fatal(err)
		}
		return src.Info().Fingerprint
	}
	first := of("b.png", 2, nil)
	if of("b.png", 2, nil) != first || of("b.png", 2, choice.Values{"cache": 0}) != first {
		t.Error("the same pictures elsewhere have another fingerprint")
	}
	seen := map[string]bool{first: true}
	for _, other := range []string{of("0.png", 2, nil), of("b.png", 3, nil), of("b.png", 2,
		choice.Values{"size": 3}),
		of("b.png", 2, choice.Values{"channels": 1}), of("b.png", 2, choice.Values{"background": "black"}),
		of("b.png", 2, choice.Values{"size": 3, "fit": "stretch"})} {
		if seen[other] {
			t.Errorf("%s is the fingerprint of different samples", other)
		}
		seen[other] = true
	}
}

// A picture is the one that was there at opening, unless its pixels are kept.
func TestFolderThatChanges(t *testing.T) {
	files := map[string][]byte{"a.png": pngOf(t, 4, 4, 1, false)}
	x := make([]float32, 48)
	for _, cache := range []int{0, 1} {
		dir := grow(t, files)
		src, err := openPictures(dir, choice.Values{"cache": cache})
		if err == nil {
			_, err = src.Read(x, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a.png"), append(files["a.png"], 0), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = src.Read(x, 0)
		if want := cache == 0; (err != nil) != want || want &&
			!strings.HasSuffix(err.Error(), "a.png: the file has changed since the data were opened") {
			t.Errorf("cache %d: error %v", cache, err)
		}
	}
}
