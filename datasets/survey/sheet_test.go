package survey

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

func source(t *testing.T, text string) datasets.Source {
	t.Helper()
	c, err := choice.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	src, err := datasets.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// A sheet says what it shows, and leaves out what it cannot.
func TestSheet(t *testing.T) {
	for text, want := range map[string]string{
		"digits":                      "100 of 1797 images, drawn at random, a row for each class",
		"rings:dim=8":                 "1000 of 1000 points, drawn at random, in the plane of the data",
		"swiss-roll:roll=sheet,dim=3": "1000 of 1000 points, drawn at random, in the plane of the data",
		"gaussians:count=20000":       "8192 of 20000 points, drawn at random, in the plane of the data",
	} {
		img, about, err := Sheet(source(t, text))
		if err != nil || about != want || img.Bounds().Dx() < 100 {
			t.Errorf("%s: %q, error %v, want %q", text, about, err, want)
		}
	}
	l := listOf(0, nil, []float32{0, 1}, []float32{0, .5}, []float32{1, 0})
	l.bad = map[int]error{1: errors.New("torn")}
	if _, about, err := Sheet(l); err != nil || !strings.HasPrefix(about, "2 of 3 images") {
		t.Errorf("%q, error %v, want 2 of 3", about, err)
	}
	l.bad = map[int]error{0: errors.New("torn"), 1: errors.New("torn"), 2: errors.New("torn")}
	if _, about, err := Sheet(l); err != nil || !strings.HasPrefix(about, "0 of 3 images") {
		t.Errorf("%q, error %v, want 0 of 3", about, err)
	}
	l.info.Image = false
	if _, _, err := Sheet(l); err == nil || !strings.Contains(err.Error(), "have no picture") {
		t.Errorf("error %v, want that there is no picture", err)
	}
}
