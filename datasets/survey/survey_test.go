package survey

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/datasets"
)

// list is a source of samples that are given.
type list struct {
	info    datasets.Info
	samples [][]float32
	labels  []int32
	bad     map[int]error
}

func (l *list) Info() datasets.Info { return l.info }

func (l *list) Read(dst []float32, i int) (int32, error) {
	if err := l.bad[i]; err != nil {
		return datasets.NoLabel, err
	}
	copy(dst, l.samples[i])
	if l.labels == nil {
		return datasets.NoLabel, nil
	}
	return l.labels[i], nil
}

// listOf are images of 1×2 with values in [−1, 1].
func listOf(classes int, labels []int32, samples ...[]float32) *list {
	return &list{info: datasets.Info{Name: "list", Shape: datasets.Shape{H: 1, W: len(samples[0]), C: 1},
		Count: len(samples), Classes: classes, Image: true, Lo: -1, Hi: 1}, samples: samples, labels: labels}
}

func take(t *testing.T, src datasets.Source) *Report {
	t.Helper()
	r, err := Take(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every sort of fault is found, with the sample it is in, and nothing else is.
func TestFaults(t *testing.T) {
	nan := float32(math.NaN())
	l := listOf(4, []int32{0, 1, 2, -1, 0, 1, 7, 0}, []float32{0, .5}, []float32{.5, nan},
		[]float32{.25, .25}, []float32{.1, .2}, []float32{0, 1.5}, []float32{.3, .1},
		[]float32{.4, .1}, []float32{.7, .1})
	l.bad = map[int]error{5: &datasets.BadRecord{File: "a.bin", Record: "row 3", Err: errors.New("torn")},
		7: errors.New("gone")}
	got := map[string]string{}
	for _, f := range take(t, l).Faults {
		got[f.What] = fmt.Sprint(f.Count, " ", strings.Join(f.Samples, " | "))
	}
	want := map[string]string{
		"samples that cannot be read":                               "2 5: a.bin: row 3: torn | 7: gone",
		"samples with a value that is no finite number":             "1 1: NaN",
		"samples with a value outside [-1, 1], where all should be": "1 4: 1.5",
		"images of one value throughout":                            "1 2",
		"samples with no class from 0 to 3":                         "2 3: class -1 | 6: class 7",
		"classes without a sample":                                  "1 3",
	}
	for what, is := range want {
		if got[what] != is {
			t.Errorf("%s: got %q, want %q", what, got[what], is)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got the faults %v", got)
	}
	sound := take(t, listOf(2, []int32{0, 1}, []float32{0, .5}, []float32{1, -1}))
	if len(sound.Faults) != 0 || sound.Copies != 0 {
		t.Errorf("sound data have the faults %+v", sound.Faults)
	}
}

// Equal samples are found, those of several classes are a fault, and so are samples of the
// test set that are in the data.
func TestEqual(t *testing.T) {
	a, b, c := []float32{0, .5}, []float32{.5, 0}, []float32{0, -.5}
	r := take(t, listOf(2, []int32{0, 1, 0, 0, 1, 1}, a, b, a, c, b, a))
	want := []Equal{{Samples: []int{0, 2, 5}, Count: 3, Classes: true}, {Samples: []int{1, 4}, Count: 2}}
	if r.Copies != 3 || fmt.Sprint(r.Equal) != fmt.Sprint(want) {
		t.Errorf("%d copies, %+v; want 3 and %+v", r.Copies, r.Equal, want)
	}
	if len(r.Faults) != 1 || r.Faults[0].Count != 1 ||
		!slices.Equal(r.Faults[0].Samples, []string{"0 2 5"}) {
		t.Errorf("faults %+v, want one of 0, 2 and 5", r.Faults)
	}
	test := take(t, listOf(2, []int32{0, 0, 0}, []float32{.9, 0}, c, a))
	test.Data = "list:split=test"
	r.Compare(test)
	if r.Leaked != 2 || !slices.Equal(r.Shared, []Shared{{1, 3}, {2, 0}}) || r.HeldOut != test.Data {
		t.Errorf("%d of the test set are here, %v, of %q", r.Leaked, r.Shared, r.HeldOut)
	}
}

// The figures are those of their definitions, whatever the number of goroutines, and equal to the
// bit.
func TestMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		channels, n := rapid.IntRange(1, 20).Draw(t, "channels"), rapid.IntRange(1, 3000).Draw(t, "n")
		shift := rapid.Float64Range(-1e4, 1e4).Draw(t, "shift")
		l := &list{info: datasets.Info{Name: "list", Shape: datasets.Shape{H: 1, W: 2, C: channels}, Count: n,
			Lo: -2e4, Hi: 2e4}}
		want := make([][]float64, channels)
		for i := range n {
			x := make([]float32, 2*channels)
			for k := range x {
				x[k] = float32(shift + math.Sin(float64(i*31+k*7)))
				want[k%channels] = append(want[k%channels], float64(x[k]))
			}
			l.samples = append(l.samples, x)
		}
		r, err := Take(context.Background(), l, nil)
		if err != nil {
			t.Fatal(err)
		}
		was := runtime.GOMAXPROCS(1)
		one, err := Take(context.Background(), l, nil)
		runtime.GOMAXPROCS(was)
		if err != nil || fmt.Sprint(one.Values, one.Channels) != fmt.Sprint(r.Values, r.Channels) {
			t.Fatalf("one goroutine finds %v, several %v (%v)", one.Values, r.Values, err)
		}
		check := func(v Values, of []float64) {
			var sum, squares float64
			for _, x := range of {
				sum += x
			}
			mean := sum / float64(len(of))
			for _, x := range of {
				squares += (x - mean) * (x - mean)
			}
			deviation := math.Sqrt(squares / float64(len(of)))
			if v.Least != slices.Min(of) || v.Largest != slices.Max(of) ||
				math.Abs(v.Mean-mean) > 1e-12*(1+math.Abs(shift)) || math.Abs(v.Deviation-deviation) > 1e-9 {
				t.Fatalf("got %+v, want mean %v and deviation %v", v, mean, deviation)
			}
		}
		check(r.Values, slices.Concat(want...))
		for k, c := range r.Channels {
			check(c, want[k])
		}
		if many := channels > 1 && channels <= 16; many != (len(r.Channels) == channels) {
			t.Fatalf("%d channels are reported, of %d", len(r.Channels), channels)
		}
	})
}

// A survey ends with its context.
func TestTakeEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	l := listOf(0, nil, slices.Repeat([][]float32{{0, 1}}, 5000)...)
	_, err := Take(ctx, l, func(done, of int) { cancel(why) })
	if !errors.Is(err, why) {
		t.Errorf("error %v, want %v", err, why)
	}
}
