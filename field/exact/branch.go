package exact

import (
	"math"
	"slices"

	"github.com/stillfield/stillfield/field"
)

// branch is a process near one end of its schedule, as functions of the
// distance s to that end: t = s near the data, t = End − s near the noise. A
// distance is a float64 of its own, so that neither end is closer than 2⁻⁵³ of
// the range, as 1 − t would be.
type branch struct {
	origin, sign float64 // t = origin + sign·s
	process      *field.Process
	a, b, c, d   field.Expr
	lambda       field.Expr
	drift        field.Expr
	prior        field.Expr // w p
	gap          float64    // 1 − a(0)
}

func newBranch(p *field.Process, origin, sign float64) *branch {
	s := field.T
	if sign < 0 {
		s = field.Const(origin).Sub(field.T)
	}
	br := &branch{origin: origin, sign: sign, process: p,
		a: p.Schedule.A.Of(s), b: p.Schedule.B.Of(s), c: p.Target.C.Of(s), d: p.Target.D.Of(s),
		lambda: p.Lambda.Of(s), drift: p.Drift.Of(s), prior: p.Prior.Effective().Of(s)}
	// A schedule starts at a = 1; constants in it round that by a unit or two.
	if gap := 1 - p.Schedule.A.Eval(0); math.Abs(gap) > 0x1p-50 {
		br.gap = gap
	}
	return br
}

// time is t at distance s.
func (br *branch) time(s float64) float64 { return br.origin + br.sign*s }

// rest is 1 − a at distance s. Near the data it is formed from how far a has
// moved from a(0), which does not cancel.
func (br *branch) rest(s float64) float64 {
	if br.sign < 0 {
		return 1 - br.a.Eval(s)
	}
	return br.gap - br.a.Departure(s)
}

// instant is one time with all that depends on it alone.
type instant struct {
	t, a, b, c, d float64
	rest          float64 // 1 − a
	lambda, drift float64
	logPrior      float64 // log w p
}

// variance is v = a² j² + b², given j².
func (n *instant) variance(j2 float64) float64 { return n.a*n.a*j2 + n.b*n.b }

// at evaluates the process at distance s.
func (br *branch) at(s float64) instant {
	return instant{t: br.time(s), a: br.a.Eval(s), b: br.b.Eval(s), c: br.c.Eval(s), d: br.d.Eval(s),
		rest: br.rest(s), lambda: br.lambda.Eval(s), drift: br.drift.Eval(s),
		logPrior: math.Log(br.prior.Eval(s))}
}

// weighs is what of at(s) a likelihood takes: t, a, b and log w p.
func (br *branch) weighs(s float64) instant {
	return instant{t: br.time(s), a: br.a.Eval(s), b: br.b.Eval(s), logPrior: math.Log(br.prior.Eval(s))}
}

// distance is s at time t.
func (br *branch) distance(t float64) float64 { return br.sign * (t - br.origin) }

// branches are those of the data's end and of the noise's, the first alone
// where the schedule has no end.
func branches(p *field.Process) []*branch {
	list := []*branch{newBranch(p, 0, 1)}
	if end := p.Schedule.End; !math.IsInf(end, 1) {
		list = append(list, newBranch(p, end, -1))
	}
	return list
}

// near is the branch to evaluate time t on.
func (a *Blind) near(t float64) *branch {
	if len(a.branches) > 1 && t > a.Process.Schedule.End/2 {
		return a.branches[1]
	}
	return a.branches[0]
}

// segments cuts the prior's range into spans on which the integrand is smooth:
// at the kinks of a, b, c, d and w p, at the poles of the process, at the
// quantiles of the prior, by which a narrow prior is found, and in the middle
// of the schedule, where the branch changes. They ascend on each branch.
func (a *Blind) segments() []*span {
	lo, hi := a.Process.Prior.Min, a.Process.Prior.Max
	if len(a.branches) == 1 {
		return a.branches[0].cut(lo, hi)
	}
	end := a.Process.Schedule.End
	middle := end / 2
	var spans []*span
	if lo < middle {
		spans = a.branches[0].cut(lo, min(hi, middle))
	}
	if hi > middle {
		spans = append(spans, a.branches[1].cut(end-hi, end-max(lo, middle))...)
	}
	return spans
}

// cut divides [lo, hi], distances of br, at everything that is not smooth.
func (br *branch) cut(lo, hi float64) []*span {
	edges := []float64{lo, hi}
	for _, e := range []field.Expr{br.a, br.b, br.c, br.d, br.prior} {
		edges = append(edges, e.Kinks(lo, hi)...)
	}
	for _, pole := range br.process.Poles() {
		edges = append(edges, br.distance(pole.At))
	}
	for _, t := range quantiles(br.process.Prior) {
		edges = append(edges, br.distance(t))
	}
	edges = slices.DeleteFunc(edges, func(s float64) bool { return !(lo <= s && s <= hi) })
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var spans []*span
	for i, s := range edges[1:] {
		spans = append(spans, br.span(edges[i], s))
	}
	return spans
}

// quantiles are times between which a prior varies by a factor that a panel
// resolves: a uniform base needs none but its ends.
func quantiles(p field.Prior) []float64 {
	var at []float64
	if p.Base == field.NormalBase {
		for z := -8; z <= 8; z++ {
			at = append(at, p.Quantile.Eval(float64(z)))
		}
	}
	return at
}
