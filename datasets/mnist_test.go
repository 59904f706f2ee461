package datasets

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/choice"
)

// folder writes files, name and content in turn, to a new directory.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// images28 are n images of 28×28, image i all of grey i.
func images28(n int) []byte {
	var data []byte
	for i := range n {
		for range 28 * 28 {
			data = append(data, byte(i))
		}
	}
	return idxBytes(data, n, 28, 28)
}

func labelsOf(labels ...byte) []byte { return idxBytes(labels, len(labels)) }

func TestIdxSpellings(t *testing.T) {
	images, labels := images28(3), labelsOf(7, 0, 9)
	for _, tt := range []struct {
		name  string
		files map[string][]byte
		spec  string // a path in it is joined to the directory
		want  []int32
	}{
		{"plain", map[string][]byte{
			"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels},
			"mnist", []int32{7, 0, 9}},
		{"gzip", map[string][]byte{
			"train-images-idx3-ubyte.gz": zip(images), "train-labels-idx1-ubyte.gz": zip(labels)},
			"fashion-mnist:size=28", []int32{7, 0, 9}},
		{"gzip by another name", map[string][]byte{
			"train-images-idx3-ubyte": zip(images), "train-labels-idx1-ubyte.gz": labels},
			"idx:split=train", []int32{7, 0, 9}},
		{"test", map[string][]byte{
			"t10k-images.idx3-ubyte": images, "t10k-labels.idx1-ubyte": labels},
			"mnist:split=test", []int32{7, 0, 9}},
		{"one file", map[string][]byte{
			"emnist-letters-images-idx3-ubyte.gz": zip(images), "emnist-letters-labels-idx1-ubyte": labels},
			"idx:path=emnist-letters-images-idx3-ubyte.gz", []int32{7, 0, 9}},
		{"no labels", map[string][]byte{"train-images-idx3-ubyte": images},
			"idx", []int32{NoLabel, NoLabel, NoLabel}},
		{"one file of any name", map[string][]byte{"pictures": images},
			"idx:path=pictures", []int32{NoLabel, NoLabel, NoLabel}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := Open(inFolder(t, tt.spec, folder(t, tt.files)))
			if err != nil {
				t.Fatal(err)
			}
			info, classes := src.Info(), 10
			if tt.want[0] == NoLabel {
				classes = 0
			}
			if info.Shape != (Shape{28, 28, 1}) || info.Count != 3 || info.Classes != classes {
				t.Errorf("%d images of %v in %d classes, want 3 of 28×28×1 in %d",
					info.Count, info.Shape, info.Classes, classes)
			}
			x := make([]float32, 28*28)
			for i, want := range tt.want {
				poison(x)
				label, err := src.Read(x, i)
				if err != nil {
					t.Fatal(err)
				}
				if grey := float32(2*i-255) / 255; x[0] != grey || x[783] != grey || label != want {
					t.Errorf("image %d: corners %v and %v, class %d; want %v, class %d",
						i, x[0], x[783], label, grey, want)
				}
			}
		})
	}
}

func TestIdxFoldersRefused(t *testing.T) {
	images, labels := images28(3), labelsOf(7, 0, 9)
	both := func(images, labels []byte) map[string][]byte {
		return map[string][]byte{"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels}
	}
	for _, tt := range []struct {
		name  string
		files map[string][]byte
		spec  string
		want  string
	}{
		{"empty folder", nil, "mnist", "train-images-idx3-ubyte[.gz]: not found in"},
		{"other split", both(images, labels), "mnist:split=test",
			"t10k-images-idx3-ubyte[.gz]: not found"},
		{"no folder", nil, "fashion-mnist:path=absent", "apt install dataset-fashion-mnist"},
		{"fewer labels", both(images, labelsOf(1, 2)), "mnist",
			"labels: got 2, want 3, as many as the images"},
		{"more labels", both(images, labelsOf(1, 2, 3, 4)), "idx", "labels: got 4, want 3"},
		{"no such class", both(images, labelsOf(1, 10, 3)), "mnist",
			"labels: got a label 10, want 0 to 9"},
		{"other size", both(idxBytes(ramp(64), 1, 8, 8), labelsOf(1)), "mnist",
			"got 8×8 pixels, want 28×28"},
		{"size expected", both(images, labels), "idx:size=32",
			"size: got 32, want that of the images of idx, which are 28×28×1"},
		{"width expected", both(idxBytes(ramp(28*20), 1, 28, 20), labelsOf(1)), "idx:size=28",
			"size: got 28, want that of the images of idx, which are 28×20×1"},
		{"broken images", both(images[:99], labels), "idx", "elements: got 83 bytes, want 2352"},
		{"broken labels", both(images, labels[:9]), "idx", "elements: got 1 bytes, want 3"},
		{"labels for images", both(labels, images), "idx", "header: got 11 bytes"},
		{"labels missing", map[string][]byte{"train-images-idx3-ubyte": images}, "mnist",
			"no labels beside it, want train-labels-idx1-ubyte[.gz]"},
		{"labels missing beside a file", map[string][]byte{"a-images-idx3-ubyte": images},
			"mnist:path=a-images-idx3-ubyte",
			"no labels beside it, want one named labels-idx1"},
		{"split of one file", both(images, labels),
			"idx:path=train-images-idx3-ubyte,split=test",
			`split: got "test", want train: path is one file`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := Open(inFolder(t, tt.spec, folder(t, tt.files)))
			wantError(t, err, tt.want)
			if src != nil {
				t.Errorf("got a source beside the error: %v", src)
			}
		})
	}
}

// inFolder is the choice that text names, of files in a directory.
func inFolder(t *testing.T, text, dir string) choice.Choice {
	t.Helper()
	c, err := choice.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	file, _ := c.Params["path"].(string)
	if c.Params == nil {
		c.Params = choice.Values{}
	}
	c.Params["path"] = filepath.Join(dir, file)
	return c
}

// A pipe or a device could block a reader for ever, or never end: it is refused
// before it is opened.
func TestIdxRefusesADevice(t *testing.T) {
	_, err := Open(choice.Choice{Kind: "idx", Params: choice.Values{"path": os.DevNull}})
	wantError(t, err, "want a directory or a file")
}

func TestIdxNowhere(t *testing.T) {
	f := fashion
	f.dirs = []string{filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
	_, err := f.open("", "train")
	for _, want := range append(f.dirs, "apt install dataset-fashion-mnist", "--set data.path=DIR") {
		wantError(t, err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	_, err = Open(choice.Choice{Kind: "idx"})
	wantError(t, err, "path: got none, want a directory or a file of images")
}

// TestFashionMNIST reads the real files. Its rows are printed by
//
//	python3 datasets/testdata/fashion.py /usr/share/datasets/fashion-mnist
func TestFashionMNIST(t *testing.T) {
	for _, tt := range []struct {
		split       string
		count       int
		ink         uint64
		fingerprint string
	}{
		{"train", 60000, 3431114169,
			"sha256:982b8d1f82d696d55762a78741974ec7629b9c42040f97ef32586e6b971a5050"},
		{"test", 10000, 573469082,
			"sha256:a9a4b4423bf1b2e84a90be41941c980fa4620c99a4ed6f0783d05773385dfba9"},
	} {
		t.Run(tt.split, func(t *testing.T) {
			src, err := Open(choice.Choice{Kind: "fashion-mnist", Params: choice.Values{"split": tt.split,
				"size": 28}})
			if errors.Is(err, fs.ErrNotExist) {
				t.Skip("Fashion-MNIST is not installed: apt install dataset-fashion-mnist")
			}
			if err != nil {
				t.Fatal(err)
			}
			want := Info{
				Name: "fashion-mnist", Shape: Shape{28, 28, 1}, Count: tt.count, Classes: 10,
				Image: true, Lo: -1, Hi: 1, Levels: 256, Fingerprint: tt.fingerprint, Credit: fashion.credit,
			}
			if diff := cmp.Diff(want, src.Info()); diff != "" {
				t.Error(diff)
			}
			// Each tenth is of one class: github.com/zalandoresearch/fashion-mnist.
			var labels [10]int
			var ink uint64
			x := make([]float32, 28*28)
			for i := range tt.count {
				label, err := src.Read(x, i)
				if err != nil {
					t.Fatal(err)
				}
				labels[label]++
				for _, v := range x {
					ink += uint64((float64(v)+1)*127.5 + 0.5)
				}
			}
			for class, got := range labels {
				if got != tt.count/10 {
					t.Errorf("class %d has %d images, want %d", class, got, tt.count/10)
				}
			}
			if ink != tt.ink {
				t.Errorf("sum of all pixels: %d, want %d", ink, tt.ink)
			}
		})
	}
}
