package local

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
)

// Groups of several sizes pass the suite, with messages whole and cut.
func TestConformance(t *testing.T) {
	for _, of := range []struct{ ranks, most, bucket int }{
		{1, 1000, -1}, {2, 1 << 17, 4096}, {3, 1 << 17, -1}, {8, 1000, 8},
	} {
		t.Run(fmt.Sprintf("%d ranks, parts of %d bytes", of.ranks, of.bucket), func(t *testing.T) {
			for _, c := range commtest.Cases(of.most) {
				err := Run(of.ranks, comm.Options{Bucket: of.bucket}, func(g *comm.Group) error {
					return c.Run(g, commtest.HostMemory{})
				})
				if err != nil {
					t.Errorf("%s: %v", c.Name, err)
				}
			}
		})
	}
}
