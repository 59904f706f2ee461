package sample

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// stopping is a small draw whose points end at different steps.
func stopping() Spec {
	return with(func(s *Spec) { s.N, s.Batch, s.Steps, s.Eta, s.Stop, s.Seed = 12, 4, 30, 0.05, 0.8, 7 })
}

var plane = Output{Point: []int{2}, Origin: Origin{Sum: "abc", Device: "cpu (2 workers, avx512)"}}

// drawInto draws s into out with rows as its field, until so many samples have been put, all
// for −1; then the process ends without a word, as by SIGKILL, or leaves in good order.
func drawInto(t testing.TB, out string, s Spec, o Output, most int, killed bool) (*Store, error) {
	t.Helper()
	w, err := Open(t.Context(), out, 2, s, method(t, "eqm"), o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err = w.Draw(ctx, OnHost(Single(rows), 2), method(t, "eqm"), func(p Progress) {
		if most >= 0 && p.Samples >= most {
			cancel()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err == nil {
		if _, _, err := w.Finish(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if killed {
		w.lock.Leave() // the system lets go of it, and of the files
		return w, errors.Join(w.journal.f.Close(), w.points.f.Close())
	}
	return w, w.Close()
}

// A draw that was killed, or has left in good order, however often and wherever it was, goes
// on and ends with the files of one that was not: samples.npy to the byte. Until then the
// directory has none of the names that a draw which is complete has.
func TestGoesOn(t *testing.T) {
	whole := t.TempDir()
	if _, err := drawInto(t, whole, stopping(), plane, -1, false); err != nil {
		t.Fatal(err)
	}
	want := read(t, filepath.Join(whole, npyFile))
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir := filepath.Join(base, rapid.StringMatching("[a-z]{12}").Draw(rt, "name"))
		defer os.RemoveAll(dir)
		done := 0
		for done < 12 {
			s := stopping()
			s.Batch = rapid.IntRange(1, 6).Draw(rt, "batch")
			most := rapid.IntRange(0, 12-done).Draw(rt, "samples")
			w, err := drawInto(t, dir, s, plane, most, rapid.Bool().Draw(rt, "killed"))
			if err != nil {
				rt.Fatal(err)
			}
			if w.Kept() != done || w.Done() < done+min(most, 12-done) {
				rt.Fatalf("%d of %d samples were kept; now there are %d", w.Kept(), done, w.Done())
			}
			done = w.Done()
			for _, name := range []string{npyFile, arraysFile, summaryFile} {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil && !w.finished {
					rt.Fatalf("%s is there after %d samples", name, done)
				}
			}
		}
		if _, err := os.Stat(filepath.Join(dir, summaryFile)); err != nil {
			if _, err := drawInto(t, dir, stopping(), plane, -1, false); err != nil {
				rt.Fatal(err)
			}
		}
		if got := read(t, filepath.Join(dir, npyFile)); string(got) != string(want) {
			rt.Fatal("the samples are others")
		}
	})
}

// Whatever part of the files of a draw did not reach the disk, or was spoilt there, is drawn
// again.
func TestWhatIsLostIsDrawnAgain(t *testing.T) {
	whole := t.TempDir()
	if _, err := drawInto(t, whole, stopping(), plane, -1, false); err != nil {
		t.Fatal(err)
	}
	want := read(t, filepath.Join(whole, npyFile))
	for _, name := range []string{journalFile, partFile} {
		for cut := range 25 {
			dir := t.TempDir()
			if _, err := drawInto(t, dir, stopping(), plane, 9, true); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			b := read(t, path)
			at := cut * (len(b) - 1) / 24
			if cut%2 == 0 {
				b = b[:at]
			} else {
				b[at] ^= 0x10
			}
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
			w, err := drawInto(t, dir, stopping(), plane, -1, false)
			if err != nil {
				t.Errorf("%s, byte %d of %d: %v", name, at, len(b), err)
			} else if got := read(t, filepath.Join(dir, npyFile)); string(got) != string(want) {
				t.Errorf("%s, byte %d of %d: %d samples were kept, and others drawn", name, at, len(b),
					w.Kept())
			}
		}
	}
}

// What was interrupted while its files were made is finished by the next one, without a
// sample drawn again; and a draw that is complete can be drawn again.
func TestFinishedLater(t *testing.T) {
	for _, taken := range []string{arraysFile, pictureFile, summaryFile, ""} {
		dir := t.TempDir()
		in := filepath.Join(dir, taken, "x")
		w, err := Open(t.Context(), dir, 2, stopping(), method(t, "eqm"), plane)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Draw(t.Context(), OnHost(Single(rows), 2), method(t, "eqm"), func(Progress) {})
		if err != nil {
			t.Fatal(err)
		}
		if taken != "" { // in the way of the file
			put(t, "", in)
		}
		if _, _, err := w.Finish(t.Context(), nil); (err == nil) != (taken == "") {
			t.Fatalf("%q: %v", taken, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Dir(in)); taken != "" && err != nil {
			t.Fatal(err)
		}
		w, err = drawInto(t, dir, stopping(), plane, -1, false)
		if err != nil {
			t.Fatal(err)
		}
		if again := w.Kept() == 0; again != (taken == "") {
			t.Errorf("%q: %d samples were kept", taken, w.Kept())
		}
		if got := names(t, dir); !slices.Equal(got, []string{npyFile, pictureFile, arraysFile, summaryFile}) {
			t.Errorf("%q: %q", taken, got)
		}
	}
}

// Samples of another draw, and another process, are refused, and nothing of theirs is
// touched.
func TestOthersAreRefused(t *testing.T) {
	other := func(change func(s *Spec, o *Output)) (Spec, Output) {
		s, o := stopping(), plane
		change(&s, &o)
		return s, o
	}
	for _, tt := range []struct {
		change func(s *Spec, o *Output)
		want   string // "" for not refused
	}{
		{func(s *Spec, _ *Output) { s.Batch = 1 }, ""},
		{func(_ *Spec, o *Output) { o.Origin.Checkpoint, o.Singles = "elsewhere", 3 }, ""},
		{func(_ *Spec, o *Output) { o.Origin.Device = "cpu (1 workers, avx512)" }, ""},
		{func(s *Spec, _ *Output) { s.Seed = 8 }, "seed is 7 there and 8 here"},
		{func(s *Spec, _ *Output) { s.Stop = 0.7 }, "stop is 0.8 there and 0.7 here"},
		{func(s *Spec, _ *Output) { s.N = 13 }, "n is 12 there and 13 here"},
		{func(_ *Spec, o *Output) { o.Origin.Sum = "abd" }, `weights_sum is "abc" there and "abd" here`},
		{func(_ *Spec, o *Output) { o.Origin.Device = "cpu (2 workers, avx2)" }, "device is "},
		{func(_ *Spec, o *Output) { o.Point = []int{1, 2} }, "shape is [12,2] there and [12,1,2] here"},
	} {
		dir := t.TempDir()
		if _, err := drawInto(t, dir, stopping(), plane, 3, true); err != nil {
			t.Fatal(err)
		}
		before := read(t, filepath.Join(dir, journalFile))
		s, o := other(tt.change)
		_, err := drawInto(t, dir, s, o, 0, false)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
		if tt.want != "" && string(read(t, filepath.Join(dir, journalFile))) != string(before) {
			t.Errorf("%q: what was there has changed", tt.want)
		}
	}
	dir := t.TempDir()
	w, err := Open(t.Context(), dir, 2, stopping(), method(t, "eqm"), plane)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, 2, stopping(), method(t, "eqm"), plane); err == nil ||
		!strings.Contains(err.Error(), dir+": another process is drawing into it") {
		t.Errorf("a second process: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("of a draw of which nothing was finished %q is left", left)
	}
}

// A draw into one file is kept beside it until it is finished, and leaves only the file.
func TestGoesOnIntoOneFile(t *testing.T) {
	for suffix := range forms {
		dir := t.TempDir()
		out := filepath.Join(dir, "x"+suffix)
		for _, most := range []int{0, 5, -1} {
			w, err := drawInto(t, out, stopping(), plane, most, false)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"x" + suffix + PartSuffix}
			switch most {
			case 0:
				want = nil
			case -1:
				want = []string{"x" + suffix}
				if w.Kept() < 5 {
					t.Errorf("%s: %d samples were kept", suffix, w.Kept())
				}
			}
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("%s, after %d samples: %q, want %q", suffix, most, got, want)
			}
		}
	}
}

// To keep a sample takes no memory: it does not grow with their number.
func TestPutAllocatesNothing(t *testing.T) {
	s := stopping()
	s.N = 1000
	w, err := Open(t.Context(), t.TempDir(), 2, s, method(t, "eqm"), plane)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	x := []float32{1, 2}
	if n := testing.AllocsPerRun(500, func() {
		i, ok := w.Next()
		if err := w.Put(Sample{Number: i, X: x, NFE: 5}); err != nil || !ok {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a sample takes %v allocations", n)
	}
}

// More than the disk has room for is refused with both numbers, and nothing is left.
func TestRoom(t *testing.T) {
	dir := t.TempDir()
	if _, ok := free(dir); !ok {
		t.Skip("this system does not say how much of a disk is free")
	}
	s, o := stopping(), plane
	s.N, o.Point = 1<<20, []int{1 << 20}
	_, err := Open(t.Context(), filepath.Join(dir, "out"), 1<<20, s, method(t, "eqm"), o)
	const want = "1048576 samples of 1048576 coordinates: want 8796118188032 bytes, the disk has "
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}
