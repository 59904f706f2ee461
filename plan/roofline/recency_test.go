package roofline

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// How long ago the bytes of a span were touched is what a record of every byte says.
func TestRecency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const spaces, size = 3, 12
		var r recency
		last := map[[2]int]int{} // by space and byte, the number of its last touch
		draw := func(name string) span {
			from := rapid.IntRange(0, size-1).Draw(t, name)
			space, to := rapid.IntRange(0, spaces-1).Draw(t, name), rapid.IntRange(from+1, size).Draw(t, name)
			return span{space, from, to}
		}
		for k := range rapid.IntRange(0, 20).Draw(t, "touches") {
			s := draw("touch")
			r.touch(s)
			for b := s.from; b < s.to; b++ {
				last[[2]int{s.space, b}] = k + 1
			}
		}
		s := draw("read")
		want := map[float64]float64{}
		for b := s.from; b < s.to; b++ {
			distance := math.Inf(1)
			if at := last[[2]int{s.space, b}]; at > 0 {
				distance = float64(s.bytes())
				for _, other := range last {
					if other > at {
						distance++
					}
				}
			}
			want[distance]++
		}
		got := map[float64]float64{}
		for _, q := range r.parts(nil, s, float64(s.bytes())) {
			if q.bytes > 0 {
				got[q.distance] += q.bytes
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%v after %v: bytes by distance %v, want %v", s, r.spans, got, want)
		}
		for d, n := range want {
			if got[d] != n {
				t.Errorf("%v after %v: %v bytes at distance %v, want %v", s, r.spans, got[d], d, n)
			}
		}
	})
}
