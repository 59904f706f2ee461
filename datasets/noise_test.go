package datasets

import (
	"slices"
	"testing"
)

// Noise has the shape, the range and the labels of what it stands in for, and sample i is
// always the same.
func TestNoise(t *testing.T) {
	info := Info{Name: "latents", Shape: Shape{4, 4, 2}, Count: 3, Classes: 10, Lo: -2, Hi: 3}
	src := Noise(info)
	got := src.Info()
	if got.Shape != info.Shape || got.Classes != info.Classes || got.Count < 1 {
		t.Fatalf("got %+v, want the kind of %+v", got, info)
	}
	x, again := make([]float32, 32), make([]float32, 32)
	var all []float32
	for i := range got.Count {
		label, err := src.Read(x, i)
		if err != nil || label != int32(i%10) {
			t.Fatalf("sample %d: label %d, %v", i, label, err)
		}
		if _, err := src.Read(again, i); err != nil || !slices.Equal(x, again) {
			t.Fatalf("sample %d changes: %v, then %v (%v)", i, x, again, err)
		}
		all = append(all, x...)
	}
	slices.Sort(all)
	for _, at := range []int{0, 1, 2, 3, 4} { // quartiles
		want, x := -2+1.25*float32(at), all[at*(len(all)-1)/4]
		if x < want-.1 || x > want+.1 || x < -2 || x > 3 {
			t.Errorf("%d quarters of the numbers are below %v, want %v", at, x, want)
		}
	}
	info.Classes = 0
	if label, err := Noise(info).Read(x, 0); label != NoLabel || err != nil {
		t.Errorf("without classes: label %d, %v", label, err)
	}
}
