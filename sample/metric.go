package sample

import (
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/readout"
)

// MeasuredMetric is the metric of a field that is known by its values alone, such as a
// trained network's. read says how noisy a point is, and then
//
//	|λ̄| ≈ |λ(t̂)|,   Natural ≈ Conformal ≈ sign(λ) (f − (c/a)(t̂) u)
//
// For λ ~ t^q the first is off by q(q−1)/2 Var(t|u)/t̂², q(q−1)/4D in D dimensions, beside
// the error of the reading; where c = 0, Conformal is the field itself and exact. Natural
// has the transport correction in it, which no value of f tells apart: −1/2α of the whole
// near data where λ ~ b, −1/α where λ ~ b², with 2α = D − 1 for a uniform prior and b = t.
func MeasuredMetric(eval Eval, p *field.Process, read readout.Reader) Metric {
	return func(f, gain []float64, _ Part, q Query) error {
		if err := eval(f, q); err != nil {
			return err
		}
		dim := len(q.Y) / q.N
		for i := range q.N {
			u, v := q.Y[i*dim:(i+1)*dim], f[i*dim:(i+1)*dim]
			t := read.Time(readout.Of(u, v))
			lambda, drift := p.Lambda.Eval(t), p.Drift.Eval(t)
			gain[i] = math.Abs(lambda)
			for e := range v {
				v[e] = math.Copysign(1, lambda) * (v[e] - float64(drift*u[e]))
			}
		}
		return nil
	}
}
