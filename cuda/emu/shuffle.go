package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// checkMembers checks that every lane of a warp operation names itself and that
// exactly the lanes it names take part.
func (w *warp) checkMembers(in *inst, mask uint32, members *[lanes]uint32) bool {
	if !w.l.checked {
		return true
	}
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		if members[i]&^w.absent() == mask {
			continue
		}
		switch {
		case members[i]>>i&1 == 0:
			w.report(WrongLanes, i, in, "the thread is not in its own mask %#08x", members[i])
		case members[i]&w.exited&^w.absent() != 0:
			w.report(WrongLanes, i, in, "mask %#08x names lane %d, which has exited",
				members[i], bits.TrailingZeros32(members[i]&w.exited))
		case members[i]&^mask&^w.absent() != 0:
			w.report(WrongLanes, i, in, "mask %#08x names lane %d, which is not here (%#08x are)",
				members[i], bits.TrailingZeros32(members[i]&^mask), mask)
		default:
			continue // another group of lanes with a mask of its own
		}
		return false
	}
	return true
}

// decodeShuffle decodes shfl.sync.mode.b32 d[|p], a, b, c, members.
func decodeShuffle(d *decoder) {
	d.has("sync")
	mode := d.take("up", "down", "bfly", "idx")
	d.one(ptx.B32)
	a := d.args(5)
	x := &extra{p: sinkPred}
	to := a[0]
	if to.Kind == ptx.PairOperand {
		x.p = d.predDst(to.List[1])
		to = to.List[0]
	}
	d.in.d, d.in.a = d.dst(to, ptx.B32), d.src(a[1], ptx.B32)
	d.in.b, d.in.c = d.src(a[2], ptx.U32), d.src(a[3], ptx.U32)
	x.regs = []uint32{d.src(a[4], ptx.B32)}
	pick := map[string]func(lane, b, lo, hi, seg uint32) (uint32, bool){
		"up": func(lane, b, lo, hi, seg uint32) (uint32, bool) {
			return lane - b, int32(lane-b) >= int32(hi)
		},
		"down": func(lane, b, lo, hi, seg uint32) (uint32, bool) { return lane + b, lane+b <= hi },
		"bfly": func(lane, b, lo, hi, seg uint32) (uint32, bool) { return lane ^ b, lane^b <= hi },
		"idx":  func(lane, b, lo, hi, seg uint32) (uint32, bool) { return lo | b&^seg, lo|b&^seg <= hi },
	}[mode]
	d.in.x, d.in.kind = x, kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) { w.shuffle(in, mask, pick) }
}

// shuffle runs shfl.sync; pick is the lane that a lane reads, and whether that is within its segment.
func (w *warp) shuffle(in *inst, mask uint32, pick func(lane, b, lo, hi, seg uint32) (uint32, bool)) {
	members := rowOf[uint32](w, in.x.regs[0])
	if !w.checkMembers(in, mask, members) && w.l.err != nil {
		return
	}
	s, b, c := *rowOf[uint32](w, in.a), rowOf[uint32](w, in.b), rowOf[uint32](w, in.c)
	d := rowOf[uint32](w, in.d)
	var inside uint32
	var out [lanes]uint32
	for i := range uint32(lanes) {
		if mask>>i&1 == 0 {
			continue
		}
		seg := c[i] >> 8 & 31
		lo := i & seg
		hi := lo | c[i]&31&^seg
		j, ok := pick(i, b[i]&31, lo, hi, seg)
		if !ok {
			j = i
		}
		inside |= bit(ok) << i
		if j &= 31; mask>>j&1 == 0 && w.l.checked {
			w.report(WrongLanes, int(i), in, "reads lane %d, which is not here (%#08x are)", j, mask)
		}
		out[i] = s[j]
	}
	for i := range d {
		if mask>>i&1 == 1 {
			d[i] = out[i]
		}
	}
	w.preds[in.x.p] = w.preds[in.x.p]&^mask | inside&mask
}

// groups calls f once for each set of lanes that name the same members.
func (w *warp) groups(in *inst, mask uint32, members uint32, f func(group uint32)) {
	row := rowOf[uint32](w, members)
	if !w.checkMembers(in, mask, row) && w.l.err != nil {
		return
	}
	for left := mask; left != 0; {
		m := row[bits.TrailingZeros32(left)]
		g := m&mask | left&-left
		f(g)
		left &^= g
	}
}

// setMasked writes v to the lanes of the mask.
func (w *warp) setMasked(off uint32, mask, v uint32) {
	d := rowOf[uint32](w, off)
	for m := mask; m != 0; m &= m - 1 {
		d[bits.TrailingZeros32(m)] = v
	}
}

// setPred sets a predicate to v in the lanes of the mask.
func (w *warp) setPred(p int32, mask uint32, v bool) {
	w.preds[p] = w.preds[p]&^mask | -bit(v)&mask
}

// decodeVote decodes vote.sync.{all, any, uni}.pred and vote.sync.ballot.b32.
func decodeVote(d *decoder) {
	d.has("sync")
	mode := d.take("all", "any", "uni", "ballot")
	t := d.one(ptx.Pred, ptx.B32)
	a := d.args(3)
	p, flip := d.predicate(a[1])
	members := d.src(a[2], ptx.B32)
	var row uint32
	var to int32
	if t == ptx.B32 {
		row = d.dst(a[0], ptx.B32)
	} else {
		to = d.predDst(a[0])
	}
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		v := w.preds[p] ^ flip
		w.groups(in, mask, members, func(g uint32) {
			switch mode {
			case "ballot":
				w.setMasked(row, g, v&g)
			case "all":
				w.setPred(to, g, v&g == g)
			case "any":
				w.setPred(to, g, v&g != 0)
			default:
				w.setPred(to, g, v&g == 0 || v&g == g)
			}
		})
	}
}

// decodeMatch decodes match.any.sync and match.all.sync.
func decodeMatch(d *decoder) {
	mode := d.take("any", "all")
	d.has("sync")
	t := d.one(ptx.B32, ptx.B64)
	a := d.args(3)
	to, p := a[0], int32(sinkPred)
	if to.Kind == ptx.PairOperand {
		to, p = to.List[0], d.predDst(to.List[1])
	}
	row, src, members := d.dst(to, ptx.B32), d.src(a[1], t), d.src(a[2], ptx.B32)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.groups(in, mask, members, func(g uint32) {
			var same [lanes]uint32
			for m := g; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m)
				for k := g; k != 0; k &= k - 1 {
					j := bits.TrailingZeros32(k)
					same[i] |= bit(w.getLane(src, t == ptx.B64, i) == w.getLane(src, t == ptx.B64, j)) << j
				}
			}
			for m := g; m != 0; m &= m - 1 {
				i := bits.TrailingZeros32(m)
				if mode == "all" && same[i] != g {
					same[i] = 0
				}
				w.setMasked(row, 1<<i, same[i])
				w.setPred(p, 1<<i, same[i] != 0)
			}
		})
	}
}

// decodeRedux decodes redux.sync.
func decodeRedux(d *decoder) {
	op := d.take("add", "min", "max", "and", "or", "xor")
	d.has("sync")
	t := d.one(ptx.U32, ptx.S32, ptx.B32)
	a := d.args(3)
	row, src, members := d.dst(a[0], t), d.src(a[1], t), d.src(a[2], ptx.B32)
	f := integerAtomics(op, t)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.groups(in, mask, members, func(g uint32) {
			s := rowOf[uint32](w, src)
			i := bits.TrailingZeros32(g)
			r := uint64(s[i])
			for m := g & (g - 1); m != 0; m &= m - 1 {
				r = f(r, uint64(s[bits.TrailingZeros32(m)]), 0)
			}
			w.setMasked(row, g, uint32(r))
		})
	}
}

// decodeActive decodes activemask.
func decodeActive(d *decoder) {
	d.one(ptx.B32)
	row := d.dst(d.args(1)[0], ptx.B32)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) { w.setMasked(row, mask, mask) }
}

// decodeElect decodes elect.sync d|p, members: the lowest lane is elected.
func decodeElect(d *decoder) {
	d.has("sync")
	a := d.args(2)
	if a[0].Kind != ptx.PairOperand {
		d.fail("destination is not a pair")
	}
	row, p, members := d.dst(a[0].List[0], ptx.B32), d.predDst(a[0].List[1]), d.src(a[1], ptx.B32)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		w.groups(in, mask, members, func(g uint32) {
			w.setMasked(row, g, uint32(bits.TrailingZeros32(g)))
			w.setPred(p, g, false)
			w.setPred(p, g&-g, true)
		})
	}
}
