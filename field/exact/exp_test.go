package exact

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestExpAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(-700, 0), rapid.Float64Range(-1, 0)).Draw(t, "x")
		shift := rapid.Float64Range(-1, 0).Draw(t, "shift")
		least := rapid.SampledFrom([]float64{-700, -10}).Draw(t, "least")
		row := []float64{x, math.Inf(-1), 0}
		expAll(row, []float64{shift, 0, 0}, least)
		want := math.Exp(x + shift)
		if x+shift <= least {
			want = 0
		}
		if !(math.Abs(row[0]-want) <= 2*0x1p-52*want) || row[1] != 0 || row[2] != 1 {
			t.Fatalf("exp of %v, −Inf, 0 is %v, want %v, 0, 1", x+shift, row, want)
		}
	})
}
