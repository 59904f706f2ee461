package sum

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
)

// leaf is what leaf k of eight gives to element i: numbers of very different sizes, so that
// every order of addition has bits of its own.
func leaf(k, i int) float32 {
	rng := rand.New(rand.NewPCG(uint64(k), uint64(i)))
	return float32(rng.NormFloat64() * math.Exp2(float64(rng.IntN(24))))
}

// leaves are the sums of leaves from first on, as many as count, in their tree.
func leaves(first, count, n int) []float32 {
	x := make([]float32, count*n)
	for k := range count {
		for i := range n {
			x[k*n+i] = leaf(first+k, i)
		}
	}
	add(x, n)
	return x[:n]
}

// Eight leaves on 1, 2, 4 or 8 ranks have one sum to the bit, in ranges that the ranks divide
// and others; the library's own sum is near it.
func TestSumOfLeaves(t *testing.T) {
	const all, n, most = 8, 1013, 200
	want := leaves(0, all, n)
	for _, ranks := range []int{1, 2, 4, 8} {
		for _, exact := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d ranks/exact=%v", ranks, exact), func(t *testing.T) {
				err := local.Run(ranks, comm.Options{}, func(g *comm.Group) error {
					x := leaves(g.Rank()*all/ranks, all/ranks, n)
					s := New(g, exact, most)
					for at := 0; at < n; at += most {
						s.Start(x[at:min(at+most, n)])
					}
					parts, err := s.Wait()
					if err != nil {
						return err
					}
					if len(parts) != 6 || parts[5].Elements != 13 || parts[0].End.Before(parts[0].Begin) {
						return fmt.Errorf("the parts are %+v, want 6, the last of 13 elements", parts)
					}
					for i, w := range want {
						off := math.Abs(float64(x[i]) - float64(w))
						if exact && off != 0 || off > 1e-6*math.Exp2(24) {
							return fmt.Errorf("element %d is %v, want %v", i, x[i], w)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A sum whose group has failed is an error of Wait, and so is the next.
func TestFailedGroup(t *testing.T) {
	for _, exact := range []bool{true, false} {
		err := local.Run(2, comm.Options{}, func(g *comm.Group) error {
			if g.Rank() == 1 {
				return nil // leaves
			}
			s := New(g, exact, 8)
			for range 2 {
				s.Start(make([]float32, 8))
				if _, err := s.Wait(); err == nil {
					return fmt.Errorf("exact=%v: no error though rank 1 has left", exact)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
