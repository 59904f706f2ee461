package kernels

import "github.com/stillfield/stillfield/plan"

// Softmax is y = exp(x − max x)/Σ exp(x − max x) of each row of x [rows, n]; y may be x.
func (v *Vec) Softmax(p *Pool, rows, n int, y, x []float32) *Job {
	items, per := chunks(rows, n)
	return NewJob(p, items, func(_, item int) {
		first, last := item*per, min(rows, (item+1)*per)
		if n <= sumUnit {
			v.softmaxRows(&y[first*n], &x[first*n], last-first, n, n, 1)
			return
		}
		for r := first; r < last; r++ {
			v.longSoftmax(y[r*n:(r+1)*n], x[r*n:(r+1)*n])
		}
	})
}

// longSoftmax is Softmax of one row of more than sumUnit elements: the sums of each
// sumUnit of them are added in float64.
func (v *Vec) longSoftmax(y, x []float32) {
	top, s := v.Max(x), 0.0
	for at := 0; at < len(x); at += sumUnit {
		var acc Lanes
		m := min(len(x)-at, sumUnit)
		v.laneExp(&acc, &y[at], &x[at], top, m)
		s += v.laneFold(&acc)
	}
	v.blocks[plan.Scale](&y[0], &y[0], nil, len(y), float32(1/s))
}
