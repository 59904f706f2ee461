package cmd

import (
	"os"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/format/npy"
)

// --pictures has a picture of each subject, of several below numbered directories, and is
// refused where nothing would be drawn.
func TestPictures(t *testing.T) {
	inTemp(t)
	for _, name := range []string{"a.npy", "b.npy"} {
		data := make([]float32, 3*64)
		data[len(name)] = 1
		if err := npy.WriteFile(name, &npy.Array{Shape: []int{3, 8, 8, 1}, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	points := &npy.Array{Shape: []int{3, 8}, Data: append(make([]float32, 23), 1)}
	if err := npy.WriteFile("p.npy", points); err != nil {
		t.Fatal(err)
	}
	digits := []string{"--against", "digits:split=test", "--features", "pixels", "--pictures", "out"}
	for _, paths := range [][]string{{"a.npy"}, {"a.npy", "b.npy"}} {
		args := slices.Concat([]string{"eval", "--metrics", "nearest"}, paths, digits)
		if o := program(t, args...); o.status != 0 {
			t.Fatal(o.stderr)
		}
	}
	for _, file := range []string{"out/nearest.png", "out/1-a.npy/nearest.png", "out/2-b.npy/nearest.png"} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	fails(t, append([]string{"eval", "a.npy", "--metrics", "kid"}, digits...),
		"pictures: got out, want none: no metric that is computed draws any; nearest does")
	rings := []string{"--against", "rings:dim=8", "--pictures", "out"}
	fails(t, append([]string{"eval", "p.npy", "--metrics", "nearest"}, rings...),
		"pictures: got out, want none: rings are no images of 1, 3 or 4 channels")
	fails(t, []string{"eval", "a.npy", "--sweep", "sample.steps=2,3", "--pictures", "out"},
		"pictures: got out, want none with --sweep")
}
