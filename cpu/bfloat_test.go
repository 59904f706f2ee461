package cpu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// TestBFloatRows: in bfloat16, too, what is computed for a sample does not depend on the others of its batch.
// A batch of one is left out: there a sum over the tokens of each sample is one over all rows, which reads
// what is stored in bfloat16.
func TestBFloatRows(t *testing.T) {
	run := func(n, first int) map[string][]float32 {
		g := openAt(t, Options{Workers: 2}, plan.BFloat16, n, first)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return results(t, g)
	}
	all := run(11, 0)
	for _, cut := range [][2]int{{0, 2}, {9, 2}, {3, 5}} {
		for name, x := range run(cut[1], cut[0]) {
			if strings.HasPrefix(name, "row") {
				first, width := cut[0], len(x)/cut[1]
				want := all[name][first*width : (first+cut[1])*width]
				same(t, fmt.Sprintf("samples %d to %d", first, first+cut[1]-1),
					map[string][]float32{name: x}, map[string][]float32{name: want})
			}
		}
	}
}
