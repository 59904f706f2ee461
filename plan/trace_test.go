package plan

import "testing"

// Of 8 ms of sums, two of them at the same time, the device waits for 2.
func TestHidden(t *testing.T) {
	spans := []Span{
		{Kernel: "matmul", Start: 0, Duration: 10},
		{Kernel: AllSum.String(), Start: 10, Duration: 2},
		{Kernel: "bucket", Stream: Sums, Start: 3, Duration: 3},
		{Kernel: "bucket", Stream: Sums, Start: 4, Duration: 5},
		{Kernel: "bucket", Stream: Sums, Start: 10, Duration: 2},
	}
	if total, share := Hidden(spans); total != 8 || share != .75 {
		t.Errorf("%v ms, %v of them hidden; want 8 and 0.75", total, share)
	}
	if total, share := Hidden(spans[:1]); total != 0 || share != 0 {
		t.Errorf("of no sums: %v ms, %v hidden", total, share)
	}
}
