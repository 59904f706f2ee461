package eval

import (
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of copies of training digits all are found, of test digits as few as they are; a case held to
// the training set takes the test set as held out. The picture has the copies first.
func TestNearest(t *testing.T) {
	copies, fresh := digits(t, "train", 40), digits(t, "test", 60)
	c := likeDigits(t, "train", append(fresh, copies...))
	c.Pictures = filepath.Join(t.TempDir(), "new")
	got := scored(t, c, "nearest")
	if s := got["share of copies"]; math.Abs(s.Value-.4) > .02 {
		t.Errorf("share of copies is %v, want .4", s.Value)
	}
	if s := got["share of copies in held-out data"]; s.Value != 0 || s.N != 299 {
		t.Errorf("share of copies in the test set is %v of %d, want 0 of 299", s.Value, s.N)
	}
	if s := got["nearer than held-out data"]; s.Value < .6 || s.Value > .8 { // .4 + .6·½
		t.Errorf("samples are nearer with probability %v, want about .7", s.Value)
	}
	name := filepath.Join(c.Pictures, "nearest.png")
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	// A copy is beside itself: the first two cells of the grid are equal, the last two are not.
	b := img.Bounds()
	cell := (b.Dx() - 2) / 16
	same := func(x, y int) bool {
		for i := 2; i < cell; i++ {
			for j := 2; j < cell; j++ {
				if img.At(x+i, y+j) != img.At(x+cell+i, y+j) {
					return false
				}
			}
		}
		return true
	}
	if !same(0, 0) || same(14*cell, 7*cell) {
		t.Errorf("the first cells of %v are equal: %v, the last: %v", b, same(0, 0), same(14*cell, 7*cell))
	}
}

// In another draw no picture is written; test digits held to the test set are their own copies.
func TestNearestOfDraws(t *testing.T) {
	c := likeDigits(t, "test", digits(t, "test", 20))
	c.Pictures, c.ahead = t.TempDir(), 1
	if s := scored(t, c, "nearest")["share of copies"]; s.Value != 1 {
		t.Errorf("share of copies is %v, want 1", s.Value)
	}
	if files, err := os.ReadDir(c.Pictures); err != nil || len(files) > 0 {
		t.Errorf("the second draw wrote %v (%v)", files, err)
	}
}

// Samples of a run that is held to the test set are still compared with what it was trained on,
// and the test set is the held-out data.
func TestNearestOfARun(t *testing.T) {
	test := likeDigits(t, "test", digits(t, "train", 20))
	c := untrained(t, device(t), "data={name: digits, split: train}")
	c.Against, c.Space, c.drawn = test.Against, test.Space, test.drawn
	got := scored(t, c, "nearest")
	if s := got["share of copies"]; s.Value != 1 || !strings.Contains(s.On, "the 1498 of digits") {
		t.Errorf("share of copies is %v, on %s", s.Value, s.On)
	}
	if s := got["distance of held-out data"]; s.N != 299 || s.Value == 0 {
		t.Errorf("held-out data are %d, %v away", s.N, s.Value)
	}
}
