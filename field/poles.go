package field

import (
	"fmt"
	"math"
)

// Pole is a time at which a coefficient grows without bound, like |t − At| to
// the power −Order.
type Pole struct {
	Quantity string // "λ", "c/a", "μ", "ν", "c" or "d"
	Expr     Expr
	At       float64
	Order    float64 // a multiple of ¼
}

// String is, for example, "λ = t/(1-t) grows like |t-1|^-1".
func (p Pole) String() string {
	return fmt.Sprintf("%s = %v grows like |t-%g|^-%g", p.Quantity, p.Expr, p.At, p.Order)
}

// Poles lists the poles of λ, c/a, μ, ν, c and d at the ends of the schedule
// and, where the sign changes, between. A pole of even order strictly inside
// the schedule is not seen; no target of the tables has one.
func (p *Process) Poles() []Pole { return append([]Pole(nil), p.poles...) }

// what a pole which the prior reaches means for the user.
var consequence = map[string]string{
	"λ":   "E[λ|u] and the terms of the decomposition diverge",
	"c/a": "the linear drift E[c/a|u] diverges",
	"μ":   "a sampler on u̇ = μu + νf cannot start or stop there",
	"ν":   "errors of the field are amplified without bound there",
	"c":   "the training target is not finite there",
	"d":   "the training target is not finite there",
}

// Warnings has one line for each pole within [Min, Max] of the prior: what
// diverges, where, how fast and what follows.
func (p *Process) Warnings() []string {
	var out []string
	for _, pole := range p.poles {
		if p.Prior.Min <= pole.At && pole.At <= p.Prior.Max {
			effect := consequence[pole.Quantity]
			if pole.Order < 1 && (pole.Quantity == "λ" || pole.Quantity == "c/a") {
				effect = "it is unbounded, though its average over t is finite"
			}
			out = append(out, fmt.Sprintf("field: %s/%s: %v and the prior reaches it with [%g, %g]: %s",
				p.Schedule.Name, p.Target.Name, pole, p.Prior.Min, p.Prior.Max, effect))
		}
	}
	return out
}

func findPoles(p *Process) []Pole {
	var poles []Pole
	for _, q := range []struct {
		name string
		e    Expr
	}{{"λ", p.Lambda}, {"c/a", p.Drift}, {"μ", p.Mu}, {"ν", p.Nu}, {"c", p.Target.C}, {"d", p.Target.D}} {
		add := func(at, order float64) {
			if order > 0 {
				poles = append(poles, Pole{q.name, q.e, at, order})
			}
		}
		add(0, orderAt(q.e, 0, 1))
		hi := p.Schedule.End
		if math.IsInf(hi, 1) {
			hi = p.Prior.Max // growth towards infinity is no pole
		}
		for _, at := range interiorPoles(q.e, hi) {
			add(at, max(orderAt(q.e, at, 1), orderAt(q.e, at, -1)))
		}
		if !math.IsInf(p.Schedule.End, 1) {
			add(p.Schedule.End, orderAt(q.e, p.Schedule.End, -1))
		}
	}
	return poles
}

// orderAt is the order of the pole of e at a point, 0 where there is none. It
// is the slope of log|e| against −log δ between δ = 2⁻²⁴ and 2⁻³⁶ of the point
// on the given side: near enough that corrections of relative size √δ move it
// by less than 1e-4, far enough that t itself is exact at 1.
func orderAt(e Expr, at, side float64) float64 {
	near := math.Abs(e.Eval(at + side*0x1p-36))
	far := math.Abs(e.Eval(at + side*0x1p-24))
	if !(near > 1 && near > far) || math.IsInf(near, 1) {
		return 0
	}
	return math.Round(4*math.Log2(near/far)/12) / 4
}

// interiorPoles brackets sign changes of e on a grid over (0, hi) and keeps
// those at which |e| grows as the bracket shrinks.
func interiorPoles(e Expr, hi float64) []float64 {
	const cells = 1000
	var at []float64
	h := hi / cells
	for i := range cells - 1 {
		lo := (float64(i) + 1/math.Phi) * h // no round number is a grid point
		up := lo + h
		flo, fup := e.Eval(lo), e.Eval(up)
		if !(flo*fup < 0) {
			continue
		}
		size := math.Max(math.Abs(flo), math.Abs(fup))
		for range 40 {
			mid := (lo + up) / 2
			if f := e.Eval(mid); f*flo > 0 {
				lo = mid
			} else {
				up = mid
			}
		}
		if math.Abs(e.Eval(lo)) > 1e6*size {
			at = append(at, (lo+up)/2)
		}
	}
	return at
}
