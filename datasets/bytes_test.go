package datasets

import (
	"math/big"
	"testing"
)

// TestByteValues compares all values with the nearest float32 of the fraction.
func TestByteValues(t *testing.T) {
	for _, top := range []int{16, 255} {
		pixels := make([]byte, top+1)
		for p := range pixels {
			pixels[p] = byte(p)
		}
		x := readAll(t, newByteImages(Info{Shape: Shape{1, top + 1, 1}, Count: 1}, pixels, nil, top))[0]
		for p, got := range x {
			if want, _ := big.NewRat(int64(2*p-top), int64(top)).Float32(); got != want {
				t.Errorf("pixel %d of %d: %v, want %v", p, top, got, want)
			}
		}
	}
}

// TestFingerprint changes each thing that gives the data its meaning.
func TestFingerprint(t *testing.T) {
	pixels, labels := []byte{1, 2, 3, 4}, []byte{0, 1}
	open := func(info Info, pixels, labels []byte, top int) string {
		return newByteImages(info, pixels, labels, top).Info().Fingerprint
	}
	base := Info{Name: "a", Shape: Shape{1, 2, 1}, Count: 2, Classes: 2}
	want := open(base, pixels, labels, 255)
	renamed := base
	renamed.Name, renamed.Credit = "b", "someone"
	if got := open(renamed, pixels, labels, 255); got != want {
		t.Error("a copy under another name has another fingerprint")
	}
	turned, fewer, richer := base, base, base
	turned.Shape = Shape{2, 1, 1}
	fewer.Shape, fewer.Count = Shape{1, 4, 1}, 1
	richer.Classes = 3
	for what, got := range map[string]string{
		"shape":   open(turned, pixels, labels, 255),
		"count":   open(fewer, pixels, labels[:1], 255),
		"classes": open(richer, pixels, labels, 255),
		"pixel":   open(base, []byte{1, 2, 3, 5}, labels, 255),
		"label":   open(base, pixels, []byte{1, 1}, 255),
		"scale":   open(base, pixels, labels, 16),
	} {
		if got == want {
			t.Errorf("another %s, the same fingerprint", what)
		}
	}
}
