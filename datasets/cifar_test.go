package datasets

import (
	"maps"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// cifarRow is a row of labels and an image whose values tell channel, row and column.
func cifarRow(labels ...byte) []byte {
	row := labels
	for c := range 3 {
		for k := range cifarPixels {
			row = append(row, byte(64*c+k/32+k%32))
		}
	}
	return row
}

// smallCIFAR has files of CIFAR-10, two rows in the first and one in the others, and of
// CIFAR-100.
func smallCIFAR() map[string][]byte {
	files := map[string][]byte{"test_batch.bin": cifarRow(9), "train.bin": cifarRow(19, 99),
		"test.bin": append(cifarRow(1, 2), cifarRow(3, 4)...)}
	for i, name := range cifar10.files["train"] {
		files[name] = cifarRow(byte(i))
	}
	files["data_batch_1.bin"] = append(cifarRow(7), files["data_batch_1.bin"]...)
	return files
}

var _ = madeBy(func(t *testing.T) string { return folder(t, smallCIFAR()) }, "cifar10", "cifar100")

func TestCIFAR(t *testing.T) {
	dir := folder(t, smallCIFAR())
	for _, tt := range []struct {
		name, split string
		more        choice.Values
		want        []int32
	}{
		{"cifar10", "train", nil, []int32{7, 0, 1, 2, 3, 4}},
		{"cifar10", "test", nil, []int32{9}},
		{"cifar100", "train", nil, []int32{99}},
		{"cifar100", "test", nil, []int32{2, 4}},
		{"cifar100", "test", choice.Values{"labels": "fine"}, []int32{2, 4}},
		{"cifar100", "test", choice.Values{"labels": "coarse"}, []int32{1, 3}},
	} {
		src, err := openCIFAR(tt.name, dir, tt.split, tt.more)
		if err != nil {
			t.Fatal(err)
		}
		wantClasses := map[string]int{"cifar10": 10, "cifar100": 100}[tt.name]
		if tt.more["labels"] == "coarse" {
			wantClasses = 20
		}
		if got := src.Info().Classes; got != wantClasses {
			t.Errorf("%s: %d classes, want %d", tt.name, got, wantClasses)
		}
		if n := src.Info().Count; n != len(tt.want) {
			t.Fatalf("%s %s: %d images, want %d", tt.name, tt.split, n, len(tt.want))
		}
		x := make([]float32, src.Info().Shape.Len())
		for i, label := range tt.want {
			if got, err := src.Read(x, i); err != nil || got != label {
				t.Errorf("%s %s: label %d is %d (%v), want %d", tt.name, tt.split, i, got, err, label)
			}
			for k, v := range x {
				row, column, channel := k/96, k/3%32, k%3
				if want := float32(2*(64*channel+row+column)-255) / 255; v != want {
					t.Fatalf("%s: image %d at %d, %d, %d is %v, want %v", tt.name, i, row, column,
						channel, v, want)
				}
			}
		}
	}
}

func TestCIFARFaults(t *testing.T) {
	const subset, whole, coarse = "subset", "whole", "coarse"
	for what, tt := range map[string]struct {
		name, file string
		data       []byte
		how, want  string
	}{
		"torn": {"cifar10", "data_batch_3.bin", make([]byte, 3072), subset,
			"got 3072 bytes, want rows of 3073"},
		"empty": {"cifar100", "train.bin", nil, subset, "train.bin: got 0 bytes, want rows of 3074"},
		"label": {"cifar10", "data_batch_5.bin", cifarRow(10), subset, "row 0: got a label 10, want 0 to 9"},
		"coarse": {"cifar100", "train.bin", append(cifarRow(1, 1), cifarRow(20, 7)...), coarse,
			"row 1: got a label 20, want 0 to 19"},
		"absent": {"cifar10", "data_batch_1.bin", nil, whole, "data_batch_1.bin: not found in "},
		"cut at a row": {"cifar10", "data_batch_1.bin", make([]byte, 9999*3073), whole,
			"data_batch_1.bin: got 9999 images, want the 10000 of the original; subset: true takes any"},
		"one row more": {"cifar10", "data_batch_1.bin", make([]byte, 10001*3073), whole,
			"got 10001 images, want the 10000"},
		"cut CIFAR-100": {"cifar100", "train.bin", make([]byte, 10000*3074), whole,
			"got 10000 images, want the 50000"},
	} {
		files := smallCIFAR()
		files[tt.file] = tt.data
		if what == "absent" {
			delete(files, tt.file)
		}
		more := map[string]choice.Values{whole: {"subset": false}, coarse: {"labels": coarse}}[tt.how]
		_, err := openCIFAR(tt.name, folder(t, files), "train", more)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", what, err, tt.want)
		}
	}
}

// A whole file of the original's length needs no more to be said.
func TestCIFARWhole(t *testing.T) {
	dir := folder(t, map[string][]byte{"test_batch.bin": make([]byte, 10000*3073)})
	src, err := openAt("cifar10", dir, "test")
	if err != nil || src.Info().Count != 10000 {
		t.Errorf("error %v, want 10,000 images", err)
	}
}

// openCIFAR opens small files, with more parameters.
func openCIFAR(name, dir, split string, more choice.Values) (Source, error) {
	c := choice.Choice{Kind: name, Params: choice.Values{"path": dir, "split": split, "subset": true}}
	maps.Copy(c.Params, more)
	return Open(c)
}

// FuzzCIFAR holds a file of any content to what it can be: an error, or as many images as it
// has rows, each with a class that there is.
func FuzzCIFAR(f *testing.F) {
	f.Add(cifarRow(3), 0, 0, false)
	f.Add(append(cifarRow(3, 4), cifarRow(19, 99)...), 2, 1, true)
	f.Add([]byte{1}, 0, 0, true)
	f.Fuzz(func(t *testing.T, data []byte, want, at int, hundred bool) {
		c := cifar10
		if hundred {
			c = cifar100
		}
		at = max(at, -at-1) % c.labels
		pixels, labels, err := c.decode(data, want, at, c.classes, nil, nil)
		if err != nil {
			return
		}
		row := c.labels + 3*cifarPixels
		if len(labels)*row != len(data) || len(pixels) != len(labels)*3*cifarPixels ||
			want > 0 && len(labels) != want {
			t.Fatalf("%d bytes made %d labels and %d pixels", len(data), len(labels), len(pixels))
		}
		for i, label := range labels {
			if label != data[i*row+at] || int(label) >= c.classes {
				t.Fatalf("row %d has label %d of %d", i, label, c.classes)
			}
		}
	})
}
