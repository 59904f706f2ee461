package datasets

import (
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// example is the example of an entry, with files made for it where it takes any.
func example(t *testing.T, e choice.Entry[Opener]) choice.Choice {
	t.Helper()
	c, err := choice.Parse(e.Example)
	if err != nil {
		t.Fatal(err)
	}
	switch files, made := exampleFiles[e.Name]; {
	case made:
		c.Params["path"] = files(t)
	case slices.Contains(Sources.Takers("path"), e.Name):
		t.Fatalf("%s takes a path, and its test makes none: add one to exampleFiles", e.Name)
	}
	return c
}

// exampleFiles makes, for each source that takes a path, small files of its kind and returns
// where they are. Each is added in the test file of its source.
var exampleFiles = map[string]func(*testing.T) string{}

// madeBy adds to exampleFiles.
func madeBy(files func(*testing.T) string, names ...string) bool {
	for _, name := range names {
		exampleFiles[name] = files
	}
	return true
}

var _ = madeBy(smallMNIST, "mnist", "fashion-mnist", "idx")

func smallMNIST(t *testing.T) string {
	return folder(t, map[string][]byte{
		"train-images-idx3-ubyte.gz": zip(images28(5)),
		"train-labels-idx1-ubyte.gz": zip(labelsOf(3, 1, 4, 1, 9)),
	})
}

// checkDescribed holds what is known of a source without its files to what it is with them.
func checkDescribed(t *testing.T, e choice.Entry[Opener], spec choice.Choice, info Info) {
	t.Helper()
	want := info
	if e.Make.Known != nil {
		spec = spec.Clone()
		spec.Params["path"] = "nowhere"
		want = Info{Name: info.Name, Shape: info.Shape, Classes: info.Classes, Image: info.Image,
			Credit: info.Credit}
	}
	if got, err := Describe(spec); err != nil || got != want {
		t.Errorf("described it is %+v, error %v; open %+v", got, err, info)
	}
}

// TestSources holds every row of the table to the contract of Source.
func TestSources(t *testing.T) {
	for _, k := range Sources.Entries {
		t.Run(k.Name, func(t *testing.T) {
			spec := example(t, k)
			src, err := Open(spec)
			if err != nil {
				t.Fatal(err)
			}
			info := src.Info()
			again, err := Open(spec)
			if err != nil || again.Info() != info || info != src.Info() {
				t.Errorf("opened twice: %+v and %+v, error %v", info, again.Info(), err)
			}
			checkDescribed(t, k, spec, info)
			if info.Name != k.Name || info.Count < 1 || info.Shape.Len() < 1 || info.Lo >= info.Hi {
				t.Errorf("info %+v of %q", info, k.Name)
			}
			if hash, ok := strings.CutPrefix(info.Fingerprint, "sha256:"); !ok || len(hash) != 64 {
				t.Errorf("fingerprint %q, want sha256: and 64 digits", info.Fingerprint)
			}
			serial := checkSamples(t, src)

			var readers sync.WaitGroup
			for r := range 4 { // in different orders, at once
				readers.Go(func() {
					o, x := NewOrder(uint64(r), info.Count), make([]float32, info.Shape.Len())
					for s := range info.Count {
						i, _ := o.At(uint64(s))
						if _, err := src.Read(x, i); err != nil || !slices.Equal(x, serial[i]) {
							t.Errorf("sample %d read beside others: error %v, or other values", i, err)
							return
						}
					}
				})
			}
			readers.Wait()

			n := info.Shape.Len()
			for what, read := range map[string]func(){
				"index −1":     func() { src.Read(make([]float32, n), -1) },
				"index Count":  func() { src.Read(make([]float32, n), info.Count) },
				"dst too long": func() { src.Read(make([]float32, n+1), 0) },
				"dst short":    func() { src.Read(make([]float32, n-1), 0) },
			} {
				if !panics(read) {
					t.Errorf("Read with %s does not panic", what)
				}
			}
		})
	}
}

// checkSamples reads every sample: all elements written, inside [Lo, Hi], at a level
// where there are levels, with a class that exists.
func checkSamples(t *testing.T, src Source) [][]float32 {
	t.Helper()
	info := src.Info()
	all := readAll(t, src)
	for i, x := range all {
		for k, v := range x {
			if !(info.Lo <= v && v <= info.Hi) { // NaN fails too
				t.Fatalf("sample %d, element %d: %v, want it in [%v, %v]", i, k, v, info.Lo, info.Hi)
			}
			level := float64(v-info.Lo) / float64(info.Hi-info.Lo) * float64(info.Levels-1)
			if info.Levels > 0 && math.Abs(level-math.Round(level)) > 1e-4 {
				t.Fatalf("sample %d, element %d: %v is level %v of %d", i, k, v, level, info.Levels)
			}
		}
		label, err := src.Read(x, i)
		exists := 0 <= label && int(label) < info.Classes
		if err != nil || !exists && !(info.Classes == 0 && label == NoLabel) {
			t.Fatalf("sample %d: class %d of %d, error %v", i, label, info.Classes, err)
		}
	}
	return all
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestTable(t *testing.T) {
	if err := Sources.Verify(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec choice.Choice
		want []string // one for each line
	}{
		{"unknown", choice.Choice{Kind: "Digits"}, []string{`name: got "Digits", want ` +
			choice.OneOf("Digits", Sources.Names())}},
		{"path of digits", choice.Choice{Kind: "digits", Params: choice.Values{"path": "x"}},
			[]string{`path: got "x", want no path: digits takes none, ` +
				choice.Or(Sources.Takers("path")) + " does"}},
		{"split of digits", choice.Choice{Kind: "digits", Params: choice.Values{"split": "valid"}},
			[]string{`split: got "valid", want all, train or test`}},
		{"size of digits", choice.Choice{Kind: "digits", Params: choice.Values{"size": 32}},
			[]string{"size: got 32, want that of the images of digits, which are 8×8×1"}},
		{"size of rings", choice.Choice{Kind: "rings", Params: choice.Values{"size": 2}},
			[]string{"size: got 2, want 0: rings are points"}},
		{"negative size", choice.Choice{Kind: "digits", Params: choice.Values{"size": -8}},
			[]string{"size: got -8, want at least 0 pixels"}},
		{"split", choice.Choice{Kind: "rings", Params: choice.Values{"split": "valid"}},
			[]string{`split: got "valid", want train or test`}},
		{"dim of rings", choice.Choice{Kind: "rings", Params: choice.Values{"dim": 1}},
			[]string{"dim: got 1, want between 2 and"}},
		{"count of rings", choice.Choice{Kind: "rings", Params: choice.Values{"count": -1}},
			[]string{"count: got -1, want between 1 and"}},
		{"all at once", choice.Choice{Kind: "digits", Params: choice.Values{"path": "x", "split": "valid",
			"size": -1, "dim": 2, "count": 3}},
			[]string{"size: got -1", `split: got "valid"`, "count: got 3", "dim: got 2", `path: got "x"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := Open(tt.spec)
			if err == nil || src != nil {
				t.Fatalf("source %v, error %v; want an error alone", src, err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("%d lines, want %d: %q", len(lines), len(tt.want), err)
			}
			for k, want := range tt.want {
				if !strings.Contains(lines[k], want) {
					t.Errorf("line %d: %q, want it to say %q", k+1, lines[k], want)
				}
			}
		})
	}
}

func TestOpenRingsDefaults(t *testing.T) {
	src, err := Open(choice.Choice{Kind: "rings"})
	if err != nil {
		t.Fatal(err)
	}
	if info := src.Info(); info.Shape != (Shape{1, 1, 2}) || info.Count != 1000 || info.Image {
		t.Errorf("%d points of %v, image %t; want 1000 of 1×1×2 that are no images",
			info.Count, info.Shape, info.Image)
	}
}

// FuzzNewRings holds the bounds of the values: no point leaves [Lo, Hi].
func FuzzNewRings(f *testing.F) {
	f.Add(2, 10, uint64(0), false)
	f.Add(64, 1, uint64(math.MaxUint64), true)
	f.Fuzz(func(t *testing.T, dim, count int, seed uint64, test bool) {
		if dim > 1<<10 || count > 1<<10 {
			dim, count = dim%1024, count%1024
		}
		r, err := NewRings(dim, count, seed, test)
		if err != nil {
			return
		}
		checkSamples(t, r)
	})
}
