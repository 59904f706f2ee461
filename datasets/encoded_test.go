package datasets

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

var (
	_ = madeBy(func(*testing.T) string { return "testdata/encoded/hf.parquet" }, "parquet")
	_ = madeBy(func(*testing.T) string { return "testdata/encoded/cls.tar" }, "webdataset")
)

// The rows and columns of the pictures that testdata/encoded/make.py writes, and
// how many there are.
const encodedRows, encodedColumns, encodedCount = 6, 5, 12

// openEncoded opens a file that testdata/encoded/make.py wrote, or another path.
func openEncoded(kind, path string, v choice.Values) (Source, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join("testdata/encoded", path)
	}
	params := choice.Values{"path": path}
	for key, x := range v {
		params[key] = x
	}
	return Open(choice.Choice{Kind: kind, Params: params})
}

// The pictures in files of pyarrow and of tar are those that Pillow wrote into them.
func TestEncoded(t *testing.T) {
	names := []string{"ape", "bee", "cat"}
	for _, tt := range []struct {
		kind, file string
		params     choice.Values
		channels   int
		classes    int
		names      []string
	}{
		{"parquet", "hf.parquet", nil, 3, 3, names},
		{"parquet", "hf.parquet", choice.Values{"label": "none", "cache": 0}, 3, 0, nil},
		{"parquet", "hf.parquet", choice.Values{"image": "image.bytes", "label": "label"}, 3, 3, names},
		{"parquet", "words.parquet", nil, 3, 3, names},
		{"parquet", "grey.parquet", nil, 1, 0, nil},
		{"parquet", "grey.parquet", choice.Values{"channels": 3}, 3, 0, nil},
		{"parquet", "two.parquet", choice.Values{"image": "mask"}, 3, 0, nil},
		{"parquet", "classes.parquet", choice.Values{"label": "class"}, 3, 3, nil},
		{"webdataset", "cls.tar", nil, 3, 3, nil},
		{"webdataset", "cls.tar", choice.Values{"label": "none", "cache": 0}, 3, 0, nil},
		{"webdataset", "json.tar", nil, 3, 3, nil},
		{"webdataset", "some.tar", choice.Values{"label": "none"}, 3, 0, nil},
		{"webdataset", "packed.tar.gz", nil, 3, 3, nil},
		{"webdataset", "packed.tar.zst", nil, 3, 3, nil},
	} {
		src, err := openEncoded(tt.kind, tt.file, tt.params)
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		info := src.Info()
		if want := (Shape{encodedRows, encodedColumns, tt.channels}); info.Shape != want || !info.Image ||
			info.Count != encodedCount || info.Classes != tt.classes || info.Levels != 256 {
			t.Errorf("%s %v: %+v, want %v and %d classes", tt.file, tt.params, info, want, tt.classes)
			continue
		}
		if got := src.(*encoded).ClassNames(); !slices.Equal(got, tt.names) {
			t.Errorf("%s: classes %v, want %v", tt.file, got, tt.names)
		}
		for range 2 { // decoded, and then kept
			checkEncoded(t, src, tt.file == "grey.parquet")
		}
	}
}

// checkEncoded compares every picture with its formula.
func checkEncoded(t *testing.T, src Source, grey bool) {
	t.Helper()
	info := src.Info()
	x := make([]float32, info.Shape.Len())
	for i := range info.Count {
		label, err := src.Read(x, i)
		want := int32(i * 5 % 3)
		if info.Classes == 0 {
			want = NoLabel
		}
		if err != nil || label != want {
			t.Fatalf("sample %d: label %d, want %d, error %v", i, label, want, err)
		}
		for k, v := range x {
			c, at := k%info.Shape.C, k/info.Shape.C
			if grey {
				c = 0
			}
			byte := (i*37 + at/info.Shape.W*11 + at%info.Shape.W*5 + c*3) % 256
			if want := float64(byte)/127.5 - 1; math.Abs(float64(v)-want) > 1e-6 {
				t.Fatalf("sample %d, value %d is %v, want %v", i, k, v, want)
			}
		}
	}
}

// What is wrong with a file is said in one line that names it, and what may be done.
func TestEncodedFaults(t *testing.T) {
	text := folder(t, map[string][]byte{"x.parquet": []byte("no parquet at all"), "x.tar": []byte(
		strings.Repeat("no tar at all", 100)), "y.txt": nil})
	empty := folder(t, map[string][]byte{"y.txt": nil})
	for _, tt := range []struct {
		kind, file string
		params     choice.Values
		want       string
	}{
		{"parquet", "nowhere.parquet", nil, "nowhere.parquet: stat: no such file"},
		{"parquet", empty, nil, "got no file that ends in .parquet"},
		{"parquet", text, nil, "x.parquet: not a parquet file"},
		{"parquet", "hf.parquet", choice.Values{"split": "test"}, `split: got "test", want train: no file`},
		{"parquet", "hf.parquet", choice.Values{"image": "label"}, "column \"label\": rows 0 to"},
		{"parquet", "hf.parquet", choice.Values{"image": "x"}, `image: got no column "x", want one of image`},
		{"parquet", "hf.parquet", choice.Values{"label": "x"}, `label: got no column "x", want one of`},
		{"parquet", "two.parquet", nil, "got pictures in the columns image.bytes, mask.bytes, want"},
		{"parquet", "none.parquet", nil, "got no column of pictures among text, label"},
		{"parquet", "classes.parquet", nil, "got classes in the columns class, fine_label, want label"},
		{"parquet", "null.parquet", nil, "null.parquet: row 4: got null, want a picture"},
		{"parquet", "bad.parquet", nil, "bad.parquet: row 4: raster: Inspect: PNG: header: "},
		{"parquet", "mixed.parquet", nil, "mixed.parquet: row 11: got 8×8 pixels, want 6×5 as row 0"},
		{"parquet", "negative.parquet", nil, "label: row 0: got -1, want 0 to 1048575; label=none"},
		{"parquet", "empty.parquet", nil, "empty.parquet: got no rows"},
		{"webdataset", text, nil, "x.tar: after byte "},
		{"webdataset", "texts.tar", nil, "got no picture among 12 members"},
		{"webdataset", "some.tar", nil, "005.png: got no class, but a class for 000.png"},
		{"webdataset", "{2..1}.tar", nil, "got {2..1}, want {FIRST..LAST}"},
	} {
		_, err := openEncoded(tt.kind, tt.file, tt.params)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: got %v, want %q", tt.file, tt.params, err, tt.want)
		}
	}
}

// Bad records are passed over where that is asked for, whether they are null or cannot be decoded.
func TestEncodedSkipsBad(t *testing.T) {
	for _, file := range []string{"null.parquet", "bad.parquet"} {
		src, err := openEncoded("parquet", file, choice.Values{"skip_bad": true})
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, src.Info().Shape.Len())
		if label, err := src.Read(x, 4); err != nil || label != 5*5%3 {
			t.Errorf("%s: label %d, want that of row 5, error %v", file, label, err)
		}
		if bad := Bad(src); len(bad) != 1 || bad[0].Record != "row 4" ||
			!strings.HasSuffix(bad[0].File, file) {
			t.Errorf("%s: %v", file, bad)
		}
	}
}

// Shards of a directory are numbered one after the other, and those of each split are found.
func TestShards(t *testing.T) {
	hf, err := os.ReadFile("testdata/encoded/hf.parquet")
	if err != nil {
		t.Fatal(err)
	}
	words, err := os.ReadFile("testdata/encoded/words.parquet")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string][]byte{"train-00000-of-00002.parquet": hf, "train-00001-of-00002.parquet": hf,
		"validation-00000-of-00001.parquet": hf, "README.md": nil})
	for path, want := range map[string][2]int{
		dir:                      {24, 12},
		dir + "/train-*.parquet": {24, 12},
		dir + "/train-0000{0,1}-of-00002.parquet":      {24, 0},
		dir + "/train-{00000..00001}-of-00002.parquet": {24, 0},
		dir + "/train-00001-of-00002.parquet":          {12, 0},
	} {
		for k, split := range []string{"train", "test"} {
			src, err := openEncoded("parquet", path, choice.Values{"split": split})
			if want[k] == 0 {
				var fault *choice.Fault
				if !errors.As(err, &fault) || fault.Path != "split" {
					t.Errorf("%s, %s: %v", path, split, err)
				}
				continue
			}
			if err != nil || src.Info().Count != want[k] {
				t.Errorf("%s, %s: %v, %v, want %d", path, split, src, err, want[k])
				continue
			}
			a, b := make([]float32, 90), make([]float32, 90)
			first, _ := src.Read(a, 1)
			last, err := src.Read(b, want[k]-11)
			if err != nil || first != last || !slices.Equal(a, b) {
				t.Errorf("%s: picture 1 of the last shard is another: %v", path, err)
			}
		}
	}
	held, ok := HeldOut(choice.Choice{Kind: "parquet", Params: choice.Values{"path": dir}})
	if src, err := Open(held); !ok || err != nil || src.Info().Count != 12 {
		t.Errorf("held out: %v, %v", ok, err)
	}
	beside := folder(t, map[string][]byte{"x-train.parquet": words, "x-test.parquet": words})
	held, ok = HeldOut(
		choice.Choice{Kind: "parquet", Params: choice.Values{"path": beside + "/x-train.parquet"}},
	)
	if src, err := Open(held); !ok || err != nil || src.Info().Count != 12 {
		t.Errorf("held out: %v, %v", ok, err)
	}
	alone := choice.Values{"path": "testdata/encoded/hf.parquet"}
	if _, ok := HeldOut(choice.Choice{Kind: "parquet", Params: alone}); ok {
		t.Error("a test set is held out where there is none")
	}
}
