package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
)

// holed is a source some of whose records cannot be decoded.
type holed struct {
	*counted
	holes map[int]bool
}

func (h holed) Read(dst []float32, i int) (int32, error) {
	if h.holes[i] {
		dst[0] = -1 // a decoder that gives up has written a part
		return 0, fmt.Errorf("holed: %w", &BadRecord{"a.tar", fmt.Sprintf("row %d", i), errors.New("torn")})
	}
	return h.counted.Read(dst, i)
}

// drawHoles are up to most numbers below n.
func drawHoles(rt *rapid.T, n, most int) map[int]bool {
	holes := map[int]bool{}
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, most).Draw(rt, "holes") {
		holes[i] = true
	}
	return holes
}

// standIn is the first good sample from i on, and from the first after the last.
func standIn(holes map[int]bool, i, n int) int {
	for holes[i] {
		i = (i + 1) % n
	}
	return i
}

// Sample i of a source that passes bad records over is the first good one from i on, in
// whatever order it is read and however often, and each bad record met is known once.
func TestPassing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(rt, "n")
		src := newCounted(n, Shape{1, 1, 2})
		holes := drawHoles(rt, n, min(n-1, 19))
		p := SkipBad(holed{src, holes})
		met := map[int]bool{}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 100).Draw(rt, "reads") {
			got, want := make([]float32, 2), make([]float32, 2)
			label, err := p.Read(got, i)
			if err != nil {
				rt.Fatal(err)
			}
			for j := i; holes[j]; j = (j + 1) % n {
				met[j] = true
			}
			class, _ := src.Read(want, standIn(holes, i, n))
			if !slices.Equal(got, want) || label != class {
				rt.Fatalf("sample %d is %v of class %d, want %v of class %d", i, got, label, want, class)
			}
		}
		var texts []string
		for i := range n {
			if met[i] {
				texts = append(texts, fmt.Sprintf("a.tar: row %d: torn", i))
			}
		}
		for k, b := range Bad(p) {
			if k >= len(texts) || b.Error() != texts[k] {
				rt.Fatalf("bad records %v, want %v", Bad(p), texts)
			}
		}
		if len(Bad(p)) != len(texts) || Bad(src) != nil {
			rt.Fatalf("bad records %v, want %v, and none of a source that passes none over", Bad(p), texts)
		}
	})
}

// A source of which more than one in ten are bad ends with a line that has the numbers, for who
// reads it and for who loads it; so does one that has none that are good. Another fault is never
// passed over.
func TestPassingTooMany(t *testing.T) {
	every := func(n, k int) map[int]bool {
		holes := map[int]bool{}
		for i := 0; i < n; i += k {
			holes[i] = true
		}
		return holes
	}
	for _, tt := range []struct {
		n, k int    // samples, of which every k-th is bad
		want string // "" for no fault
	}{
		{300, 9, "datasets: counted: 20 of the 172 samples read so far cannot be decoded, " +
			"want at most one in 10; the last is a.tar: row 171: torn"},
		{300, 11, ""},
		{170, 9, ""}, // 19 are few
		{15, 1, "datasets: counted: 15 records in a row, from sample 0 on, cannot be decoded; " +
			"the first is a.tar: row 0: torn"},
		{1200, 1, "datasets: counted: 1000 records in a row, from sample 0 on, cannot be decoded; "},
	} {
		src := SkipBad(holed{newCounted(tt.n, Shape{1, 1, 2}), every(tt.n, tt.k)})
		var err error
		for i := 0; i < 3*tt.n && err == nil; i++ {
			_, err = src.Read(make([]float32, 2), i%tt.n)
		}
		if tt.want == "" && err == nil {
			continue
		}
		wantError(t, err, tt.want)
		if bad := new(BadRecord); errors.As(err, &bad) {
			t.Errorf("%v is as if it could be passed over", err)
		}
	}
	faulty := newCounted(9, Shape{1, 1, 2})
	faulty.bad = 3
	if _, err := SkipBad(faulty).Read(make([]float32, 2), 3); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("got %v, want the fault of the source", err)
	}
}

// Bad records are passed over where the configuration says so, and nowhere else.
func TestOpenPasses(t *testing.T) {
	for _, skip := range []bool{false, true} {
		src, err := Open(choice.Choice{Kind: "digits", Params: choice.Values{"skip_bad": skip}})
		if err != nil {
			t.Fatal(err)
		}
		if _, passes := src.(*passing); passes != skip {
			t.Errorf("skip_bad %t: got %T", skip, src)
		}
	}
}

// A batch has what stands in for its bad records, and names each of these once.
func TestLoaderPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "n")
		src := newCounted(n, Shape{1, 1, 1})
		holes := drawHoles(rt, n, min(n-1, 19))
		opt := Options{Batch: rapid.IntRange(1, 50).Draw(rt, "batch"), Seed: 3,
			Decoders: rapid.IntRange(1, 4).Draw(rt, "decoders"),
			Start:    rapid.Uint64Range(0, 99).Draw(rt, "start")}
		l, err := NewLoader(t.Context(), SkipBad(holed{src, holes}), opt)
		if err != nil {
			rt.Fatal(err)
		}
		defer l.Close()
		met := map[int]bool{}
		for s := opt.Start; s < opt.Start+200; s += uint64(opt.Batch) {
			b, err := l.Next()
			if err != nil {
				rt.Fatal(err)
			}
			var want []string
			for k := range opt.Batch {
				i, _ := NewOrder(opt.Seed, n).At(s + uint64(k))
				if holes[i] && !met[i] {
					met[i] = true
					want = append(want, fmt.Sprintf("a.tar: row %d: torn", i))
				}
				if w := float32(1000 * standIn(holes, i, n)); b.X[k] != w {
					rt.Fatalf("row %d of the batch at %d: %v, want %v", k, s, b.X[k], w)
				}
			}
			var got []string
			for _, r := range b.Bad {
				got = append(got, r.Error())
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("bad records of the batch at %d: %v, want %v", s, got, want)
			}
		}
	})
}

// A loader that meets too many bad records says so, for good.
func TestLoaderTooMany(t *testing.T) {
	holes := map[int]bool{}
	for i := range 100 {
		holes[3*i] = true
	}
	l := load(t, SkipBad(holed{newCounted(300, Shape{1, 1, 1}), holes}), Options{Batch: 8})
	var err error
	batches := 0
	for ; err == nil; batches++ {
		_, err = l.Next()
	}
	wantError(t, err, "datasets: Loader: counted: 20 of the 56 samples read so far cannot be decoded")
	if _, again := l.Next(); again != err {
		t.Errorf("then %v", again)
	}
}

// Points that are drawn by a law have no bad records, and stay what they are for whoever judges by
// the law.
func TestSkipBadOfDrawnPoints(t *testing.T) {
	for _, e := range Sources.Entries {
		if !e.Make.Drawn {
			continue
		}
		src, err := Open(choice.Choice{Kind: e.Name, Params: choice.Values{"skip_bad": true}})
		if _, planar := src.(Planar); err != nil || !planar {
			t.Errorf("%s: got a %T (%v), want a Planar", e.Name, src, err)
		}
	}
}
