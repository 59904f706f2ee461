package emu

// A warpgroup is four warps, the first a multiple of four, that execute the same wgmma
// together. Here each does its part when its turn comes, so that what the four started
// is compared one by one.
type warpgroup struct {
	started [4]int // wgmma of each warp
	first   int    // the number of list's first
	list    []product
}

// sameInGroup checks a product of a warp against those of the other warps of its group.
func (w *warp) sameInGroup(p *product) bool {
	b, k := w.b, w.index/4
	if 4*k+4 > len(b.warps) {
		w.report(WrongLanes, 0, p.in, "needs a warpgroup of four warps, warp %d is in none", w.index)
		return false
	}
	for len(b.groups) <= k {
		b.groups = append(b.groups, warpgroup{})
	}
	g := &b.groups[k]
	at := g.started[w.index%4] - g.first
	g.started[w.index%4]++
	if at == len(g.list) {
		g.list = append(g.list, *p)
	}
	if q := &g.list[at]; q.in != p.in || q.a != p.a || q.b != p.b || q.add != p.add {
		w.report(WrongLanes, 0, p.in, "another warp of the warpgroup is at line %d, or has other operands",
			q.in.line)
		return false
	}
	if least := min(g.started[0], g.started[1], g.started[2], g.started[3]); least > g.first {
		g.list = g.list[:copy(g.list, g.list[least-g.first:])]
		g.first = least
	}
	return true
}

// leaveGroup finds that the warps of a block have not started the same wgmma, when the
// last has exited.
func (w *warp) leaveGroup() {
	if w.b.left > 0 {
		return
	}
	for k := range w.b.groups {
		if g := &w.b.groups[k]; len(g.list) > 0 {
			w.report(WrongLanes, 0, g.list[0].in, "some warp of warpgroup %d has exited without it", k)
			return
		}
	}
}
