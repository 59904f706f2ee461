package exact

import "sync"

// scratch is the memory of one point's quadrature. What it lends is taken back,
// all at once, by reset, so that a point allocates only what the points before it
// did not need.
type scratch struct {
	query       query
	joint       joint
	covered     []*leaf
	sights      arena[pointSight]
	mean        float64    // of t, about which spread is
	spread      observable // (t − mean)²
	floats      arena[float64]
	ints        arena[int32]
	spans       arena[span]
	nodes       arena[[order]instant]
	leaves      arena[leaf]
	pointer     arena[*leaf]
	queue       []open
	rows        [][]float64
	stretches   []stretch
	times       []seenTime
	crowd       []crowdNode
	base        []baseNode
	observables []observable
}

var scratches = sync.Pool{New: func() any { return newScratch() }}

func newScratch() *scratch {
	s := new(scratch)
	s.spread = func(n *instant) float64 { return (n.t - s.mean) * (n.t - s.mean) }
	return s
}

func (s *scratch) reset() {
	s.floats.reset()
	s.sights.reset()
	s.ints.reset()
	s.spans.reset()
	s.nodes.reset()
	s.leaves.reset()
	s.pointer.reset()
	s.queue = s.queue[:0]
}

// arena lends slices of blocks that are never freed.
type arena[T any] struct {
	blocks    [][]T
	at, begun int // the block lent from and how much of it is lent
}

const leastBlock = 1 << 12

// take lends n zero values.
func (a *arena[T]) take(n int) []T {
	out := a.raw(n)
	clear(out)
	return out
}

// raw lends n values of any kind.
func (a *arena[T]) raw(n int) []T {
	for ; a.at < len(a.blocks); a.at, a.begun = a.at+1, 0 {
		if b := a.blocks[a.at]; a.begun+n <= len(b) {
			out := b[a.begun : a.begun+n : a.begun+n]
			a.begun += n
			return out
		}
	}
	size := n
	if least := leastBlock << min(len(a.blocks), 8) / 16; size < least {
		size = least
	}
	a.blocks = append(a.blocks, make([]T, size))
	a.begun = n
	return a.blocks[a.at][:n:n]
}

// one lends one zero value.
func (a *arena[T]) one() *T { return &a.take(1)[0] }

func (a *arena[T]) reset() { a.at, a.begun = 0, 0 }
