package local

import (
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
)

// Groups of several sizes pass the suite, with messages whole and cut.
func TestConformance(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8} {
		for _, bucket := range []int{-1, 4096} {
			t.Run(fmt.Sprintf("%d ranks, parts of %d bytes", n, bucket), func(t *testing.T) {
				for _, c := range commtest.Cases(1 << 17) {
					err := Run(n, comm.Options{Bucket: bucket}, func(g *comm.Group) error {
						return c.Run(g, commtest.HostMemory{})
					})
					if err != nil {
						t.Errorf("%s: %v", c.Name, err)
					}
				}
			})
		}
	}
}
