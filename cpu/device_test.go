package cpu

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/cpu/kernel"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

// TestConformance runs the suite at every level and, at the fastest, with one,
// two and five workers.
func TestConformance(t *testing.T) {
	levels := kernel.Levels()
	best := levels[len(levels)-1]
	for _, l := range levels {
		for _, workers := range []int{1, 2, 5} {
			if l != best && workers != 2 {
				continue
			}
			t.Run(fmt.Sprintf("%v/%d", l, workers), func(t *testing.T) {
				plantest.Run(t, func(t *testing.T) plan.Device {
					d, err := New(Options{Workers: workers, Level: l, Poison: true})
					if err != nil {
						t.Fatal(err)
					}
					return d
				}, plantest.Options{Allocs: true})
			})
		}
	}
}
