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
	jitter float64
	rest   [2]float64 // least and largest 1 − a
	noise  [2]float64 // least and largest v

	nodes atomic.Pointer[[order]instant]
	kids  atomic.Pointer[[2]*span]
}

// leastDistance is the distance to an end below which spans are not halved: the
// square of it is still a normal number.
const leastDistance = 0x1p-500

func (br *branch) span(lo, hi, jitter float64) *span {
	sp := &span{br: br, lo: lo, hi: hi, jitter: jitter}
	bl, bh := br.b.Eval(lo), br.b.Eval(hi)
	rl, rh := br.rest(lo), br.rest(hi)
	al, ah := br.a.Eval(lo), br.a.Eval(hi)
	sp.rest = [2]float64{min(rl, rh), max(rl, rh)}
	least, most := min(al, ah)*jitter, max(al, ah)*jitter
	bl, bh = min(bl, bh), max(bl, bh)
	sp.noise = [2]float64{least*least + bl*bl, most*most + bh*bh}
	return sp
}

// halvable reports whether both halves of sp would still have room for nodes.
func (sp *span) halvable() bool {
	return sp.hi > leastDistance && sp.hi-sp.lo > 0x1p-46*sp.hi
}

// halves are the lower and the upper half of sp.
func (sp *span) halves() [2]*span {
	if k := sp.kids.Load(); k != nil {
		return *k
	}
	mid := sp.lo + (sp.hi-sp.lo)/2
	k := [2]*span{sp.br.span(sp.lo, mid, sp.jitter), sp.br.span(mid, sp.hi, sp.jitter)}
	if sp.coarse() {
		sp.kids.Store(&k)
	}
	return k
}

func (sp *span) coarse() bool { return 8*(sp.hi-sp.lo) >= sp.lo }

// instants are the nodes of the Gauss–Legendre rule on sp. Their logPrior has
// the half-width of sp in it, so that a node's mass is w_i exp(logPrior).
func (sp *span) instants() *[order]instant {
	if n := sp.nodes.Load(); n != nil {
		return n
	}
	var n [order]instant
	half := (sp.hi - sp.lo) / 2
	for i, x := range gauss.x {
		n[i] = sp.br.at(sp.lo+half*(1+x), sp.jitter)
		n[i].logPrior += math.Log(half)
	}
	if sp.coarse() {
		sp.nodes.Store(&n)
	}
	return &n
}

// middle is the instant in the middle of sp.
func (sp *span) middle() instant { return sp.br.at(sp.lo+(sp.hi-sp.lo)/2, sp.jitter) }
