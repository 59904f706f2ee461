package datasets

import (
	"math"
	"math/bits"
)

// An Order says which sample of a source is number s of a run: it cuts
// s = 0, 1, 2, … into epochs of n and permutes each by a bijection keyed by
// (seed, epoch). Any position costs the same, some 50 ns, and no memory.
//
// The bijection is a Feistel network on pairs: with a·b ≥ n as tight as a, b
// near √n allow, write a position as (l, r), l < a, r < b, and alternate
//
//	l ← l + F_j(r) mod a,   r ← r + F_{j+1}(l) mod b
//
// Each round can be undone, so the whole is a permutation of 0 … a·b−1; values
// not below n are fed in again (cycle walking), which keeps it one of 0 … n−1
// and, since a·b − n < a, is rarely needed.
type Order struct {
	seed    stream
	n, a, b uint64
}

// rounds of the network. Four make a strong permutation of a large domain;
// domains of a few elements need more to look uniform.
const rounds = 12

// NewOrder is the order of a source of n samples, n ≥ 1, under a seed.
func NewOrder(seed uint64, n int) Order {
	if n < 1 {
		panic("datasets: NewOrder: fewer than 1 sample")
	}
	a := uint64(math.Ceil(math.Sqrt(float64(n))))
	return Order{newStream(seed, forOrder), uint64(n), a, (uint64(n) + a - 1) / a}
}

// At is the index, 0 ≤ index < n, of the sample that is number s of the run,
// and the epoch s falls in.
func (o Order) At(s uint64) (index int, epoch uint64) {
	epoch = s / o.n
	key := stream(o.seed.at(epoch))
	x := s % o.n
	for {
		x = o.permute(key, x)
		if x < o.n {
			return int(x), epoch
		}
	}
}

// permute is the network on 0 … a·b−1.
func (o Order) permute(key stream, x uint64) uint64 {
	l, r := x/o.b, x%o.b
	for j := uint64(0); j < rounds; j += 2 {
		if l += below(mix(key.at(j)^r), o.a); l >= o.a {
			l -= o.a
		}
		if r += below(mix(key.at(j+1)^l), o.b); r >= o.b {
			r -= o.b
		}
	}
	return l*o.b + r
}

// below maps 64 random bits to 0 … n−1, uniformly to within n/2⁶⁴.
func below(x, n uint64) uint64 {
	hi, _ := bits.Mul64(x, n)
	return hi
}
