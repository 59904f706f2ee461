package experiment

import (
	"fmt"
	"testing"
)

func TestStepFaults(t *testing.T) {
	for _, tt := range []struct{ batch, parts int }{{8, 0}, {8, 3}, {8, -2}} {
		_, err := Step{Batch: tt.batch, Accumulate: tt.parts}.Compile(t.Context())
		want := fmt.Sprintf("experiment: accumulate: got %d parts, want a divisor of the batch, %d", tt.parts,
			tt.batch)
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
