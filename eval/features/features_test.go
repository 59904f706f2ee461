package features

import (
	"context"
	"regexp"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
)

func TestTable(t *testing.T) {
	if err := Extractors.Verify(); err != nil {
		t.Error(err)
	}
}

// host is a device of two workers.
func host(t *testing.T) func() (plan.Device, error) {
	t.Helper()
	d, err := cpu.New(cpu.Options{Workers: 2, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return func() (plan.Device, error) { return d, nil }
}

// digits are the data that the extractors are tried on.
func digits(t *testing.T) datasets.Source {
	t.Helper()
	src, err := datasets.Open(choice.Choice{Kind: "digits", Params: choice.Values{"split": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// open opens what text says for the points of src.
func open(t *testing.T, text string, src datasets.Source) Extractor {
	t.Helper()
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Open(t.Context(), c, On{Points: src.Info(), Device: host(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// firstOf are the first n points of src.
func firstOf(t *testing.T, src datasets.Source, n int) []float32 {
	t.Helper()
	dim := src.Info().Shape.Len()
	x := make([]float32, n*dim)
	for i := range n {
		if _, err := src.Read(x[i*dim:(i+1)*dim], i); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// ofFiles are the extractors that are nothing without a file, which have tests of their own.
var ofFiles = map[string]bool{"arrays": true, "inception": true, "onnx": true}

// Every extractor says what it is, in a name that is read back as itself, gives a point the
// same features whatever stands beside it, other points other features, and ends with its
// context.
func TestExtractors(t *testing.T) {
	src := digits(t)
	const n = most + 7
	x := firstOf(t, src, n)
	size := len(x) / n
	hash := regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	hashes := map[string]string{}
	for _, e := range Extractors.Entries {
		if ofFiles[e.Name] {
			continue
		}
		a := open(t, e.Name, src)
		info := a.Info()
		again := open(t, info.Name, src)
		if again.Info() != info || !hash.MatchString(info.Hash) || info.Dim < 1 {
			t.Errorf("%s: %+v, opened by its name %+v", e.Name, info, again.Info())
		}
		if other := hashes[info.Hash]; other != "" {
			t.Errorf("%s and %s have one hash", e.Name, other)
		}
		hashes[info.Hash] = e.Name
		all := make([]float32, n*info.Dim)
		if err := a.Extract(t.Context(), all, x); err != nil {
			t.Fatal(err)
		}
		for _, k := range []int{0, 1, most, n - 1} {
			one := make([]float32, info.Dim)
			if err := again.Extract(t.Context(), one, x[k*size:(k+1)*size]); err != nil {
				t.Fatal(err)
			}
			same := 0
			for i, v := range one {
				if v != all[k*info.Dim+i] {
					t.Fatalf("%s: feature %d of point %d is %v alone and %v among %d", e.Name, i, k, v,
						all[k*info.Dim+i], n)
				}
				if v == all[(k+1)%n*info.Dim+i] {
					same++
				}
			}
			if same == info.Dim {
				t.Errorf("%s: points %d and the next have the same features", e.Name, k)
			}
		}
		if err := a.Extract(t.Context(), all[1:], x); err == nil {
			t.Errorf("%s: features of another length were taken", e.Name)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := a.Extract(ended, all, x); err == nil {
			t.Errorf("%s: went on after the end", e.Name)
		}
	}
}

// What is compared by default suits the points, and is a classifier where one is needed.
func TestSuiting(t *testing.T) {
	small := datasets.Info{Shape: datasets.Shape{H: 8, W: 8, C: 1}, Image: true}
	large := datasets.Info{Shape: datasets.Shape{H: 32, W: 32, C: 3}, Image: true}
	points := datasets.Info{Shape: datasets.Shape{H: 1, W: 1, C: 1000}}
	for _, tt := range []struct {
		points     datasets.Info
		classified bool
		want       string
	}{{small, false, "pixels"}, {large, false, "random"}, {points, false, "pixels"},
		{large, true, "classifier"}} {
		if got := Suiting(tt.points, tt.classified); got.Kind != tt.want {
			t.Errorf("%+v: got %v, want %s", tt, got, tt.want)
		}
	}
}
