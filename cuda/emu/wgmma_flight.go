package emu

import "math/bits"

// products are the wgmma of a warp that are in flight, as late as allowed: what they
// read they read, and what they write they write, at the wait for their group.
//
// While one is in flight nothing but another wgmma may touch the registers it reads or
// writes; and when it starts, wgmma.fence must have come after whatever touched them.
type products struct {
	pending []product
	group   int32    // the open group
	inside  []uint16 // how many of the pending hold a register, by program.held
	touched []bool   // since the last wgmma.fence
}

// A product is one wgmma.mma_async.
type product struct {
	in     *inst
	s      *wgmmaShape
	a, b   uint64 // descriptors
	add    bool
	landed bool // it is done, though no wait has said so
	group  int32
}

// start makes the state as it is when a block begins: no register is known to be untouched.
func (ps *products) start(p *program) {
	ps.pending, ps.group = ps.pending[:0], 0
	if len(ps.inside) != len(p.held) {
		ps.inside, ps.touched = make([]uint16, len(p.held)), make([]bool, len(p.held))
	}
	clear(ps.inside)
	for i := range ps.touched {
		ps.touched[i] = true
	}
}

// startProduct is wgmma.mma_async of one warp of the four.
func (w *warp) startProduct(in *inst, mask uint32, s *wgmmaShape) {
	if !w.whole(in, mask) {
		return
	}
	p := product{in: in, s: s, b: rowOf[uint64](w, s.descB)[0], add: s.adds(w), group: w.products.group}
	if s.a == nil {
		p.a = rowOf[uint64](w, s.descA)[0]
	}
	if !w.sameInWarp(&p) || !w.sameInGroup(&p) {
		return
	}
	ps := &w.products
	for _, r := range s.held {
		if ps.touched[r] && w.l.checked {
			w.report(MissingFence, 0, in, "register %s was touched with no wgmma.fence since",
				w.l.prog.held[r])
			if w.l.err != nil {
				return
			}
		}
		ps.inside[r]++
	}
	w.visitMatrices(&p)
	ps.pending = append(ps.pending, p)
	if w.l.late == LandEarly || w.l.late == LandRandom && w.l.sched.rng.IntN(2) == 0 {
		for k := range ps.pending {
			w.landProduct(&ps.pending[k])
		}
	}
	w.l.count.TensorFLOPs += uint64(2 * 16 * s.n * 16)
}

// landProduct does p, if it is not yet done. Products of one warp are done in the order in
// which they started, since the hardware adds to the same registers in that order.
func (w *warp) landProduct(p *product) {
	if !p.landed {
		p.landed = true
		w.multiplyGroup(p)
	}
}

// sameInWarp checks that the descriptors and the predicate are those of every lane.
func (w *warp) sameInWarp(p *product) bool {
	a, b := rowOf[uint64](w, p.s.descA), rowOf[uint64](w, p.s.descB)
	adds := w.preds[p.s.scale] ^ p.s.notScale
	for i := range lanes {
		if p.s.a == nil && a[i] != p.a || b[i] != p.b || adds>>i&1 != adds&1 {
			w.report(WrongLanes, i, p.in, "has other operands than lane 0")
			return false
		}
	}
	return true
}

// fenceProducts is wgmma.fence.
func (w *warp) fenceProducts(in *inst, mask uint32) {
	if w.whole(in, mask) {
		clear(w.products.touched)
	}
}

// commitProducts closes the open group.
func (w *warp) commitProducts(in *inst, mask uint32) {
	if w.whole(in, mask) {
		w.products.group++
	}
}

// waitProducts ends every product but those of the last n groups.
func (w *warp) waitProducts(n int32) {
	ps := &w.products
	done := 0
	for ; done < len(ps.pending) && ps.pending[done].group < ps.group-n; done++ {
		p := &ps.pending[done]
		w.visitMatrices(p)
		w.landProduct(p)
		for _, r := range p.s.held {
			ps.inside[r]--
		}
		if w.l.err != nil {
			return
		}
	}
	ps.pending = ps.pending[:copy(ps.pending, ps.pending[done:])]
}

// leaveProducts finds what a warp that has exited did not wait for.
func (w *warp) leaveProducts() {
	if len(w.products.pending) > 0 {
		p := &w.products.pending[0]
		w.report(WgmmaPending, 0, p.in, "the warp has exited and never waited for it")
	}
	w.leaveGroup()
}

// touchHeld is called for an instruction other than wgmma that touches registers which
// some wgmma reads or writes.
func (w *warp) touchHeld(in *inst, mask uint32, held []int32) {
	ps := &w.products
	for _, r := range held {
		if ps.inside[r] > 0 {
			w.report(WgmmaPending, bits.TrailingZeros32(mask), in,
				"touches register %s of a wgmma in flight: no wgmma.wait_group between", w.l.prog.held[r])
			if w.l.err != nil {
				return
			}
		}
		ps.touched[r] = true
	}
}

// markHeld notes, for every instruction of a function but wgmma, which registers of a
// wgmma it touches.
func (u *undefFlow) markHeld() {
	number := map[int]int32{}
	for i := range u.entry {
		x := u.p.code[u.first+int32(i)].x
		if x == nil || x.wgmma == nil {
			continue
		}
		for _, r := range x.wgmma.registers {
			k, ok := number[r]
			if !ok {
				k = int32(len(u.p.held))
				number[r] = k
				u.p.held = append(u.p.held, u.f.RegisterName(r))
			}
			x.wgmma.held = append(x.wgmma.held, k)
		}
	}
	for i := range u.entry {
		in := &u.p.code[u.first+int32(i)]
		if in.x != nil && in.x.wgmma != nil || len(number) == 0 {
			continue
		}
		var held []int32
		for _, list := range [][]int{u.uses[i], u.defs[i]} {
			for _, r := range list {
				if k, ok := number[r]; ok {
					held = append(held, k)
				}
			}
		}
		if len(held) > 0 {
			if in.track == nil {
				in.track = &tracking{pure: in.pure}
			}
			in.track.held = held
		}
	}
}
