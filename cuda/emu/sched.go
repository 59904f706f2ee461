package emu

import "math/rand/v2"

// Order is the order in which what CUDA leaves unordered takes place.
type Order uint8

// The orders.
const (
	Forward Order = iota // by index
	Reverse              // by index, backwards
	Random               // shuffled by Options.Seed, warps preempted at random
)

// scheduler decides whose turn it is.
type scheduler struct {
	how Order
	rng *rand.Rand
}

// newScheduler is the order of one launch.
func newScheduler(how Order, seed, launch uint64) *scheduler {
	return &scheduler{how, rand.New(rand.NewPCG(seed, launch))}
}

// order returns a permutation of 0..n−1.
func (s *scheduler) order(n int, into []int) []int {
	into = into[:0]
	for i := range n {
		if s.how == Reverse {
			i = n - 1 - i
		}
		into = append(into, i)
	}
	if s.how == Random {
		s.rng.Shuffle(n, func(i, j int) { into[i], into[j] = into[j], into[i] })
	}
	return into
}

// quantum is how many instructions a warp executes in its turn. It is finite,
// so that a warp that spins lets the one it waits for proceed.
func (s *scheduler) quantum() int {
	if s.how == Random {
		return 1 + s.rng.IntN(200)
	}
	return 1 << 16
}

// pick chooses among n.
func (s *scheduler) pick(n int) int {
	if s.how == Random && n > 1 {
		return s.rng.IntN(n)
	}
	return 0
}

// blockOrder yields the linear index of the k-th of n blocks to start. The
// random order is a walk of the affine permutation a·k+c mod n.
type blockOrder struct {
	how     Order
	n, a, c uint64
}

// blocks draws an order of n blocks.
func (s *scheduler) blocks(n uint64) blockOrder {
	o := blockOrder{how: s.how, n: n}
	if s.how == Random {
		o.c = s.rng.Uint64N(n)
		for o.a = 1 + s.rng.Uint64N(n); gcd(o.a, n) != 1; o.a = 1 + s.rng.Uint64N(n) {
		}
	}
	return o
}

// at is the block whose turn is the k-th.
func (o blockOrder) at(k uint64) uint64 {
	switch o.how {
	case Reverse:
		return o.n - 1 - k
	case Random:
		return (o.a*k + o.c) % o.n // no overflow: n < 2^32
	}
	return k
}

// gcd is the greatest common divisor.
func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
