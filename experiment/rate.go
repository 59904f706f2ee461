package experiment

import "math"

// Rate is the learning rate of step s, counted from 0:
//
//	warm-up    lr·(s+1)/warmup
//	constant   lr
//	cosine     lr·½(1 + cos πq), q the share of the steps after the warm-up that are done
func (o Optimizer) Rate(s, steps int) float64 {
	if s < o.Warmup {
		return o.LR * float64(s+1) / float64(o.Warmup)
	}
	if o.Schedule == "constant" {
		return o.LR
	}
	q := float64(s-o.Warmup) / float64(max(steps-o.Warmup, 1))
	return o.LR * .5 * (1 + math.Cos(math.Pi*q))
}

// Forget is 1 − ema of step s: a weight counts half after HalfLife images, or
// after the share Ramp of the images so far, whichever is less.
//
//	ema = 2^(−batch/h),  h = min(HalfLife, Ramp·images)
func (a Average) Forget(s, batch int) float64 {
	h := math.Min(a.HalfLife, a.Ramp*float64(batch)*float64(s+1))
	if h <= 0 {
		return 1
	}
	return -math.Expm1(-math.Ln2 * float64(batch) / h)
}
