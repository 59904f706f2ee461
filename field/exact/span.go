package exact

import (
	"math"
	"sync/atomic"
)

// span is an interval of distances [lo, hi] of a branch, with what bounds the
// likelihood on it. Spans are halved on demand; those at least as wide as an
// eighth of their distance are kept for the next point.
type span struct {
	br     *branch
	lo, hi float64
	rest   [2]float64 // least and largest 1 − a
	a, b   [2]float64 // least and largest a and b
	kept   *keptSpan  // nil for a span of one point
}

// keptSpan is what points share of a span.
type keptSpan struct {
	nodes  atomic.Pointer[[order]instant]
	middle atomic.Pointer[instant]
	kids   atomic.Pointer[[2]*span]
}

// leastDistance is the distance to an end below which spans are not halved: the
// square of it is still a normal number.
const leastDistance = 0x1p-500

func (br *branch) span(lo, hi float64) *span {
	sp := new(span)
	br.setSpan(sp, lo, hi)
	sp.kept = new(keptSpan)
	return sp
}

func (br *branch) setSpan(sp *span, lo, hi float64) {
	sp.br, sp.lo, sp.hi = br, lo, hi
	ordered := func(p, q float64) [2]float64 { return [2]float64{min(p, q), max(p, q)} }
	sp.rest = ordered(br.rest(lo), br.rest(hi))
	sp.a = ordered(br.a.Eval(lo), br.a.Eval(hi))
	sp.b = ordered(br.b.Eval(lo), br.b.Eval(hi))
}

// variance is the least and the largest a² j² + b² on sp, given j².
func (sp *span) variance(j2 float64) (least, most float64) {
	return sp.a[0]*sp.a[0]*j2 + sp.b[0]*sp.b[0], sp.a[1]*sp.a[1]*j2 + sp.b[1]*sp.b[1]
}

// times are the ends of sp as times.
func (sp *span) times() (lo, hi float64) {
	lo, hi = sp.br.time(sp.lo), sp.br.time(sp.hi)
	return min(lo, hi), max(lo, hi)
}

// halvable reports whether both halves of sp would still have room for nodes.
func (sp *span) halvable() bool {
	return sp.hi > leastDistance && sp.hi-sp.lo > 0x1p-46*sp.hi
}

// halves are the lower and the upper half of sp.
func (sp *span) halves(s *scratch) [2]*span {
	mid := sp.lo + (sp.hi-sp.lo)/2
	if sp.kept == nil {
		k := s.spans.take(2)
		sp.br.setSpan(&k[0], sp.lo, mid)
		sp.br.setSpan(&k[1], mid, sp.hi)
		return [2]*span{&k[0], &k[1]}
	}
	if k := sp.kept.kids.Load(); k != nil {
		return *k
	}
	k := &[2]*span{sp.br.span(sp.lo, mid), sp.br.span(mid, sp.hi)}
	for _, h := range k {
		if !h.coarse() {
			h.kept = nil
		}
	}
	sp.kept.kids.Store(k)
	return *k
}

func (sp *span) coarse() bool { return 8*(sp.hi-sp.lo) >= sp.lo }

// instants are the nodes of the Gauss–Legendre rule on sp. Their logPrior has
// the half-width of sp in it, so that a node's mass is w_i exp(logPrior).
func (sp *span) instants(s *scratch) *[order]instant {
	var n *[order]instant
	if sp.kept == nil {
		n = s.nodes.one()
	} else if n = sp.kept.nodes.Load(); n != nil {
		return n
	} else {
		n = new([order]instant)
	}
	half := (sp.hi - sp.lo) / 2
	for i, x := range gauss.x {
		n[i] = sp.br.at(sp.lo + half*(1+x))
		n[i].logPrior += math.Log(half)
	}
	if sp.kept != nil {
		sp.kept.nodes.Store(n)
	}
	return n
}

// middle is the instant in the middle of sp, its logPrior as those of instants.
func (sp *span) middle() instant {
	if sp.kept != nil {
		if n := sp.kept.middle.Load(); n != nil {
			return *n
		}
	}
	n := sp.br.at(sp.lo + (sp.hi-sp.lo)/2)
	n.logPrior += math.Log((sp.hi - sp.lo) / 2)
	if sp.kept != nil {
		kept := n // of its own memory, which n then needs not
		sp.kept.middle.Store(&kept)
	}
	return n
}
