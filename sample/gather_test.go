package sample

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// drawShard draws shard i of n of s in dir, to its end or until so many samples are there.
func drawShard(t *testing.T, dir string, i, n int, s Spec, o Output, most int) error {
	t.Helper()
	o.Shard = Shard{i, n}
	if first, end := o.Shard.Range(s.N); first == end {
		return nil
	}
	_, err := drawInto(t, o.Shard.Path(dir), s, o, most, false)
	return err
}

// sameDraw holds the files of two directories to each other: to the byte, and the summary
// but for the time and the rows that were run.
func sameDraw(t *testing.T, what, got, want string) {
	t.Helper()
	for _, name := range []string{npyFile, pictureFile} {
		if string(read(t, filepath.Join(got, name))) != string(read(t, filepath.Join(want, name))) {
			t.Errorf("%s: %s is another than one process's", what, name)
		}
	}
	var text [2]string
	var all [2]*Result
	for k, dir := range []string{got, want} {
		var s Summary
		if err := json.Unmarshal(read(t, filepath.Join(dir, summaryFile)), &s); err != nil {
			t.Fatal(err)
		}
		if s.Seconds <= 0 || s.Work.Rows < s.Work.Evaluations {
			t.Errorf("%s: %s: it took %v s and %d rows", what, dir, s.Seconds, s.Work.Rows)
		}
		s.Seconds, s.Work.Rows, s.Work.Occupancy, s.Work.SavedToTheEnd, s.Work.SavedBatches = 0, 0, 0, 0, 0
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		text[k] = string(b)
		if all[k], _, err = Read(dir); err != nil {
			t.Fatal(err)
		}
	}
	if text[0] != text[1] {
		t.Errorf("%s: the summary is\n%s, want\n%s", what, text[0], text[1])
	}
	same(t, what, all[0], all[1], len(all[1].NFE))
	for i, nfe := range all[1].NFE {
		if all[0].NFE[i] != nfe {
			t.Errorf("%s: sample %d took %d evaluations, want %d", what, i, all[0].NFE[i], nfe)
		}
	}
}

// Shards of every number, of unequal sizes and more than there are samples, one of them
// interrupted and gone on with, are joined into what one process writes, and joined again.
func TestGather(t *testing.T) {
	s, o := stopping(), plane
	s.Label = []int{2, 0, 5}
	o.Behind, o.Projection = []float32{1, 2, -3, 0.1}, &[2][]float64{{0.1, 0.9}, {1. / 3, -1}}
	whole := t.TempDir()
	if _, err := drawInto(t, whole, s, o, -1, false); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 3, 7, 12, 30} {
		dir := t.TempDir()
		if err := drawShard(t, dir, n/2, n, s, o, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(Shard{n / 2, n}.Path(dir) + PartSuffix); err != nil && n <= 3 {
			t.Errorf("%d shards: the one that was stopped has kept nothing: %v", n, err)
		}
		for i := n - 1; i >= 0; i-- {
			path := Shard{i, n}.Path(dir)
			first, end := Shard{i, n}.Range(s.N)
			if _, err := os.Stat(path); err != nil && first < end {
				if _, _, err := Gather(t.Context(), dir, dir, -1); err == nil || i < n-1 &&
					!strings.Contains(err.Error(), Shard{i, n}.String()) {
					t.Errorf("%d shards without %d: %v, want it named", n, i, err)
				}
			}
			if err := drawShard(t, dir, i, n, s, o, -1); err != nil && !errors.Is(err, ErrShardThere) {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); (err == nil) != (first < end) {
				t.Errorf("%s: %v, of samples %d to %d", path, err, first, end)
			}
		}
		for _, what := range []string{"joined", "joined again"} {
			if _, _, err := Gather(t.Context(), dir, dir, -1); err != nil {
				t.Fatal(n, what, err)
			}
			sameDraw(t, what, dir, whole)
		}
		file := filepath.Join(t.TempDir(), "x.npy")
		if _, _, err := Gather(t.Context(), dir, file, -1); err != nil {
			t.Fatal(err)
		}
		if string(read(t, file)) != string(read(t, filepath.Join(whole, npyFile))) {
			t.Errorf("%d shards: one file of them is another than one process's", n)
		}
	}
}

// What does not belong together is refused by name, and nothing is written.
func TestGatherRefuses(t *testing.T) {
	base := stopping()
	for want, spoil := range map[string]func(dir string) error{
		"seed is 8 there and 7 here": func(dir string) error {
			s := base
			s.Seed = 8
			return drawShard(t, dir, 1, 3, s, plane, -1)
		},
		`weights_sum is "other" there and "abc" here`: func(dir string) error {
			o := plane
			o.Origin.Sum = "other"
			return drawShard(t, dir, 1, 3, base, o, -1)
		},
		"there is no 1/3":  func(string) error { return nil },
		"there is no 1/3 ": func(dir string) error { return drawShard(t, dir, 1, 3, base, plane, 2) },
		"one of 7 shards":  func(dir string) error { return drawShard(t, dir, 1, 7, base, plane, -1) },
		"are both shard 0/3": func(dir string) error {
			return os.WriteFile(Shard{1, 3}.Path(dir), read(t, Shard{0, 3}.Path(dir)), 0o666)
		},
		"no shard of a draw": func(dir string) error {
			return os.WriteFile(Shard{1, 3}.Path(dir), read(t, filepath.Join(dir, "whole.safetensors")),
				0o666)
		},
		"checksum": func(dir string) error {
			if err := drawShard(t, dir, 1, 3, base, plane, -1); err != nil {
				return err
			}
			b := read(t, Shard{1, 3}.Path(dir))
			b[len(b)-1] ^= 1
			return os.WriteFile(Shard{1, 3}.Path(dir), b, 0o666)
		},
	} {
		dir := t.TempDir()
		_, err := drawInto(t, filepath.Join(dir, "whole.safetensors"), base, plane, -1, false)
		for _, i := range []int{0, 2} {
			err = errors.Join(err, drawShard(t, dir, i, 3, base, plane, -1))
		}
		if err := errors.Join(err, spoil(dir)); err != nil {
			t.Fatal(err)
		}
		_, _, err = Gather(t.Context(), dir, dir, -1)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) ||
			!strings.Contains(err.Error(), dir) {
			t.Errorf("got %v, want %q and a path", err, want)
		}
		if _, err := os.Stat(filepath.Join(dir, npyFile)); err == nil {
			t.Errorf("%s: samples were written", want)
		}
	}
}

// A shard that is there is not drawn again, and one of another draw is not written over.
func TestShardThere(t *testing.T) {
	dir, s := t.TempDir(), stopping()
	if err := drawShard(t, dir, 1, 3, s, plane, -1); err != nil {
		t.Fatal(err)
	}
	if err := drawShard(t, dir, 1, 3, s, plane, -1); !errors.Is(err, ErrShardThere) {
		t.Errorf("got %v, want that it is there", err)
	}
	s.Seed = 8
	err := drawShard(t, dir, 1, 3, s, plane, -1)
	if err == nil || !strings.Contains(err.Error(), "seed is 7 there and 8 here") {
		t.Errorf("got %v, want the seeds", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("%v, %v: want the shard alone", left, err)
	}
}
