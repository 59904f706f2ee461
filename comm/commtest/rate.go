package commtest

import (
	"time"

	"github.com/stillfield/stillfield/comm"
)

// Rate is how long an AllReduce of so many bytes takes, of float32.
type Rate struct {
	Bytes   int     `json:"bytes"`
	Seconds float64 `json:"seconds"` // of one, on the slowest rank
}

// GBPerSecond is the buffer's bytes over the time. What crosses the network is 2(R−1)/R of
// them, each way, for R ranks.
func (r Rate) GBPerSecond() float64 { return float64(r.Bytes) / r.Seconds / 1e9 }

// A rate is measured over so many bytes, but over no fewer calls than fewest and no more than
// most.
const (
	rateBytes = 64 << 20
	fewest    = 3
	most      = 500
)

// AllReduceRate measures one size, after one call that is not counted. All ranks call it,
// and have the same answer.
func AllReduceRate(g *comm.Group, bytes int) (Rate, error) {
	x := make([]float32, max(1, bytes/4))
	took := []float64{0}
	err := comm.AllReduce(g, comm.Sum, x)
	if err == nil {
		err = g.Barrier()
	}
	begin, n := time.Now(), min(most, max(fewest, rateBytes/bytes))
	for k := 0; k < n && err == nil; k++ {
		err = comm.AllReduce(g, comm.Sum, x)
	}
	if took[0] = time.Since(begin).Seconds() / float64(n); err == nil {
		err = comm.AllReduce(g, comm.Max, took)
	}
	return Rate{bytes, took[0]}, err
}
