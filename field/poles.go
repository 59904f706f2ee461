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
	Order    float64
}

// String is, for example, "λ = t/(1-t) grows like |t-1|^-1".
func (p Pole) String() string {
	return fmt.Sprintf("%s = %v grows like %s", p.Quantity, p.Expr, growth{power: -p.Order}.text(p.At))
}

// Poles lists the poles of λ, c/a, μ, ν, c and d at the ends of the schedule
// and, where the sign changes, between. Orders are derived from the expressions
// where leading terms do not cancel, and measured to a quarter elsewhere. A pole
// of even order strictly inside the schedule is not seen; no target of the tables
// has one.
func (p *Process) Poles() []Pole { return append([]Pole(nil), p.poles...) }

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
		add(0, growthAt(q.e, 0, 1).order())
		hi := p.Schedule.End
		if math.IsInf(hi, 1) {
			hi = p.Prior.Max // growth towards infinity is no pole
		}
		for _, at := range interiorPoles(q.e, hi) {
			add(at, max(growthAt(q.e, at, 1).order(), growthAt(q.e, at, -1).order()))
		}
		if !p.Schedule.Endless() {
			add(p.Schedule.End, growthAt(q.e, p.Schedule.End, -1).order())
		}
	}
	return poles
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
