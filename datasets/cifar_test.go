package datasets

import (
	"strings"
	"testing"
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
		want        []int32
	}{
		{"cifar10", "train", []int32{7, 0, 1, 2, 3, 4}},
		{"cifar10", "test", []int32{9}},
		{"cifar100", "train", []int32{99}},
		{"cifar100", "test", []int32{2, 4}},
	} {
		src, err := openAt(tt.name, dir, tt.split)
		if err != nil {
			t.Fatal(err)
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
	for what, tt := range map[string]struct {
		name, file string
		data       []byte
		want       string
	}{
		"torn":   {"cifar10", "data_batch_3.bin", make([]byte, 3072), "got 3072 bytes, want rows of 3073"},
		"empty":  {"cifar100", "train.bin", nil, "train.bin: got 0 bytes, want rows of 3074"},
		"label":  {"cifar10", "data_batch_5.bin", cifarRow(10), "row 0: got a label 10, want 0 to 9"},
		"absent": {"cifar10", "data_batch_1.bin", nil, "data_batch_1.bin: not found in "},
	} {
		files := smallCIFAR()
		files[tt.file] = tt.data
		if what == "absent" {
			delete(files, tt.file)
		}
		_, err := openAt(tt.name, folder(t, files), "train")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", what, err, tt.want)
		}
	}
}
