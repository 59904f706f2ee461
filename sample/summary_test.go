package sample

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
)

// The work of a draw is that of all processes that were at it, and what was saved is held to
// what would have been run.
func TestWorkIsSummedUp(t *testing.T) {
	dir := t.TempDir()
	for _, most := range []int{4, -1} {
		if _, err := drawInto(t, dir, stopping(), plane, most, false); err != nil {
			t.Fatal(err)
		}
	}
	var s Summary
	if err := json.Unmarshal(read(t, filepath.Join(dir, summaryFile)), &s); err != nil {
		t.Fatal(err)
	}
	r := run(t, rows, method(t, "eqm"), 2, stopping())
	total, batches := 0, 0
	for part := range slices.Chunk(r.NFE, 4) {
		batches += len(part) * slices.Max(part)
		for _, n := range part {
			total += n
		}
	}
	w := s.Work
	if w.Evaluations != total || w.Rows <= total || w.ToTheEnd != 12*29 || w.InBatches != batches {
		t.Errorf("%+v, want %d evaluations, more rows, %d to the end and %d in batches", w, total, 12*29,
			batches)
	}
	if w.Occupancy != float64(total)/float64(w.Rows) || w.SavedToTheEnd != 1-float64(w.Rows)/(12*29) ||
		w.SavedBatches != 1-float64(w.Rows)/float64(batches) {
		t.Errorf("%+v", w)
	}
	if mine := r.Summary(plane); mine.Work.InBatches != batches || mine.Work.ToTheEnd != 12*29 ||
		mine.Work.Rows != total || mine.Stopped != s.Stopped {
		t.Errorf("in memory %+v", mine)
	}
}
