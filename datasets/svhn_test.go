package datasets

import (
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// openAt opens the source of that name from a directory.
func openAt(name, dir, split string) (Source, error) {
	return Open(choice.Choice{Kind: name, Params: choice.Values{"path": dir, "split": split}})
}

var _ = madeBy(func(*testing.T) string { return "testdata/svhn" }, "svhn")

// Images of a file that scipy wrote (testdata/svhn.py), three and one, come out upright.
func TestSVHN(t *testing.T) {
	for split, want := range map[string][]int32{"train": {0, 1, 9}, "test": {0}} {
		src, err := openAt("svhn", "testdata/svhn", split)
		if err != nil {
			t.Fatal(err)
		}
		if info := src.Info(); info.Count != len(want) || info.Classes != 10 {
			t.Fatalf("%s: %+v", split, info)
		}
		x := make([]float32, src.Info().Shape.Len())
		for i, label := range want {
			got, err := src.Read(x, i)
			if err != nil || got != label {
				t.Errorf("%s: label %d is %d (%v), want %d", split, i, got, err, label)
			}
			for k, v := range x {
				row, column, channel := k/96, k/3%32, k%3
				byte := float32(row + 2*column + 64*channel + 5*i)
				if want := (2*byte - 255) / 255; v != want {
					t.Fatalf("%s: image %d at %d, %d, %d is %v, want %v", split, i, row, column, channel, v,
						want)
				}
			}
		}
	}
}

func TestSVHNFaults(t *testing.T) {
	_, err := openAt("svhn", "testdata/svhn", "extra")
	if want := "datasets: svhn: extra_32x32.mat: not found in testdata/svhn; put it there, or "; err == nil ||
		!strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	other, err := os.ReadFile("../format/matlab5/testdata/plain.mat")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string][]byte{"train_32x32.mat": other, "test_32x32.mat": other[:200]})
	for split, want := range map[string]string{
		"train": "got X of [2 3 4 5] and 5 labels, want [32 32 3 n] and n ≥ 1",
		"test":  "unexpected EOF",
	} {
		if _, err := openAt("svhn", dir, split); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", split, err, want)
		}
	}
}
