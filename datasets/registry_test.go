package datasets

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

// example is a small Spec of each kind, with files made for it: the conformance
// test below opens one of every row of the table.
var example = map[string]func(t *testing.T) Spec{
	"digits":        func(*testing.T) Spec { return Spec{Name: "digits", Split: "train"} },
	"fashion-mnist": func(t *testing.T) Spec { return Spec{Name: "fashion-mnist", Path: smallMNIST(t)} },
	"idx":           func(t *testing.T) Spec { return Spec{Name: "idx", Path: smallMNIST(t), Size: 28} },
	"mnist":         func(t *testing.T) Spec { return Spec{Name: "mnist", Path: smallMNIST(t)} },
	"rings":         func(*testing.T) Spec { return Spec{Name: "rings", Dim: 16, Seed: 3} },
}

func smallMNIST(t *testing.T) string {
	return folder(t, map[string][]byte{
		"train-images-idx3-ubyte.gz": zip(images28(5)),
		"train-labels-idx1-ubyte.gz": zip(labelsOf(3, 1, 4, 1, 9)),
	})
}

// TestSources holds every row of the table to the contract of Source.
func TestSources(t *testing.T) {
	for _, k := range Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			spec := example[k.Name](t)
			src, err := Open(spec)
			if err != nil {
				t.Fatal(err)
			}
			info := src.Info()
			again, err := Open(spec)
			if err != nil || again.Info() != info || info != src.Info() {
				t.Errorf("opened twice: %+v and %+v, error %v", info, again.Info(), err)
			}
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

// checkSamples reads every sample: all elements written, inside [Lo, Hi], with
// a class that exists.
func checkSamples(t *testing.T, src Source) [][]float32 {
	t.Helper()
	info := src.Info()
	all := readAll(t, src)
	for i, x := range all {
		for k, v := range x {
			if !(info.Lo <= v && v <= info.Hi) { // NaN fails too
				t.Fatalf("sample %d, element %d: %v, want it in [%v, %v]", i, k, v, info.Lo, info.Hi)
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

func TestKinds(t *testing.T) {
	kinds := Kinds()
	if !slices.IsSortedFunc(kinds, func(a, b Kind) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Error("the table is not in alphabetical order")
	}
	kinds[0].Name = "spoilt"
	if _, err := Open(Spec{Name: "digits"}); err != nil {
		t.Errorf("writing to what Kinds returned changed the table: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec Spec
		want []string // one for each line
	}{
		{"no name", Spec{}, []string{`name: got "", want one of digits, fashion-mnist, idx, mnist, rings`}},
		{"unknown", Spec{Name: "Digits"}, []string{`name: got "Digits", want one of digits,`}},
		{"path of digits", Spec{Name: "digits", Path: "x"},
			[]string{"path: got x, want none: digits has no such choice"}},
		{"split of digits", Spec{Name: "digits", Split: "test"},
			[]string{"split: got test, want none: digits"}},
		{"size of digits", Spec{Name: "digits", Size: 32},
			[]string{"size: got 32, want that of the images of digits, which are 8×8×1"}},
		{"size of rings", Spec{Name: "rings", Size: 2}, []string{"size: got 2, want none: rings are points"}},
		{"negative size", Spec{Name: "digits", Size: -8}, []string{"size: got -8, want a number of pixels"}},
		{"split", Spec{Name: "rings", Split: "valid"},
			[]string{`split: got "valid", want "train" or "test"`}},
		{"dim of rings", Spec{Name: "rings", Dim: 1}, []string{"dim: got 1, want 2 to"}},
		{"count of rings", Spec{Name: "rings", Count: -1}, []string{"count: got -1, want 1 to"}},
		{"all at once", Spec{Name: "digits", Path: "x", Split: "test", Size: -1, Dim: 2, Count: 3},
			[]string{"path: got x", "split: got test", "dim: got 2", "count: got 3", "size: got -1"}},
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
				if !strings.HasPrefix(lines[k], "datasets: ") || !strings.Contains(lines[k], want) {
					t.Errorf("line %d: %q, want it to say %q", k+1, lines[k], want)
				}
			}
		})
	}
}

func TestOpenRingsDefaults(t *testing.T) {
	src, err := Open(Spec{Name: "rings"})
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
