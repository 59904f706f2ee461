package emu

import "math/bits"

// bankPattern remembers how the lanes of an instruction lay relative to the
// first one, and the conflicts that followed: shifting all lanes by whole words
// only renames the banks.
type bankPattern struct {
	delta     [lanes]uint32
	mask      uint32
	conflicts uint32
}

// banks counts the extra passes of a shared access. 32 banks of 4 bytes serve
// one word each in a pass; lanes that want the same word share it. Accesses of
// 8 and 16 bytes are served by halves and quarters of the warp.
func (w *warp) banks(in *inst, mask uint32, n uint64) {
	c := w.l.count
	c.SharedAccesses++
	c.SharedPasses += groups(mask, n)
	if n < 4 {
		extra := w.conflicts(mask, n)
		c.BankConflicts += extra
		c.SharedPasses += extra
		return
	}
	p := &w.b.bank[in.slot]
	first := uint32(w.ea[0])
	var diff uint32
	for i, a := range w.ea {
		diff |= p.delta[i] ^ (uint32(a) - first)
	}
	if diff != 0 || p.mask != mask {
		for i, a := range w.ea {
			p.delta[i] = uint32(a) - first
		}
		p.conflicts, p.mask = uint32(w.conflicts(mask, n)), mask
	}
	c.BankConflicts += uint64(p.conflicts)
	c.SharedPasses += uint64(p.conflicts)
}

// groups is how many parts of a warp an access of n bytes serves one after another: halves of 8
// bytes, quarters of 16, those without an active lane left out.
func groups(mask uint32, n uint64) (k uint64) {
	part := lanes * 4 / max(int(n), 4)
	for first := 0; first < lanes; first += part {
		if mask>>first&uint32(uint64(1)<<part-1) != 0 {
			k++
		}
	}
	return k
}

// conflicts counts from the addresses.
func (w *warp) conflicts(mask uint32, n uint64) (extra uint64) {
	group := lanes
	if n > 4 {
		group = lanes * 4 / int(n)
	}
	var words [4 * lanes]uint64
	for first := 0; first < lanes; first += group {
		k := 0
		for m := mask >> first & uint32(uint64(1)<<group-1); m != 0; m &= m - 1 {
			a := w.ea[first+bits.TrailingZeros32(m)] >> 2
			for j := uint64(0); j < max(n>>2, 1); j++ {
				words[k] = a + j
				k++
			}
		}
		if k > 0 {
			extra += uint64(worstBank(words[:k])) - 1
		}
	}
	return extra
}

// worstBank returns the most distinct words that one bank has to serve.
func worstBank(words []uint64) int {
	var count [lanes]int
	worst := 1
next:
	for i, a := range words {
		for _, earlier := range words[:i] {
			if earlier == a {
				continue next
			}
		}
		count[a&31]++
		worst = max(worst, count[a&31])
	}
	return worst
}
