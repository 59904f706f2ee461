package emu

import "unsafe"

// A block is the place of one resident thread block; its warps and memory are
// used again by the next block that runs there.
type block struct {
	l      *launch
	index  [3]uint32 // in the grid
	number uint64    // linear index
	tag    uint32    // names the block in global shadow cells
	warps  []*warp
	turn   []int // order in which warps get their turn
	left   int   // warps not finished
	next   int
	bars   [16]barrierState
	mbars  map[uint64]*mbarrier // by shared address
	polls  int                  // waits in vain since somebody arrived or did other work
	groups []warpgroup
	copies []bulkCopy

	shared  []byte
	base    unsafe.Pointer
	sharedN uint64
	cells   sharedCells
	sync    blockSync
	bank    []bankPattern
	tile    tile
	shape   blockShape
}

// blockShape is what the memory of a resident block depends on.
type blockShape struct {
	prog    *program
	block   [3]uint32
	dynamic uint32
}

// takeBlock returns the memory of one resident block, that of an earlier launch
// if one of the same shape has left it.
func (l *launch) takeBlock() *block {
	k := blockShape{l.prog, l.block, l.dynamic}
	idle := l.ctx.idle[k]
	if len(idle) == 0 {
		b := l.newBlock()
		b.shape = k
		return b
	}
	b := idle[len(idle)-1]
	l.ctx.idle[k] = idle[:len(idle)-1]
	b.l = l
	for _, w := range b.warps {
		w.l = l
		w.specials(false)
	}
	return b
}

// leaveBlock keeps the memory of a block for later launches.
func (l *launch) leaveBlock(b *block) {
	b.l = nil
	for _, w := range b.warps {
		w.l = nil
	}
	l.ctx.idle[b.shape] = append(l.ctx.idle[b.shape], b)
}

// newBlock makes the memory of one resident block.
func (l *launch) newBlock() *block {
	p := l.prog
	b := &block{l: l, bank: make([]bankPattern, p.slots)}
	n := p.sharedEmu
	if p.usesDyn {
		n = l.dynAt + int(l.dynamic)
	}
	b.shared = make([]byte, n+16)
	b.base, b.sharedN = unsafe.Pointer(&b.shared[0]), uint64(n)
	threads := l.block[0] * l.block[1] * l.block[2]
	for i := range (threads + lanes - 1) / lanes {
		b.warps = append(b.warps, b.newWarp(int(i), min(lanes, threads-i*lanes)))
	}
	for _, w := range b.warps {
		w.specials(false)
	}
	if l.checked {
		b.cells.init(b)
	}
	return b
}

// newWarp makes the warp of that index, of n threads, whose memory later blocks use again.
func (b *block) newWarp(index int, n uint32) *warp {
	p := b.l.prog
	w := &warp{l: b.l, b: b, index: index}
	w.slab = make([]uint64, (p.rowBytes+7)/8+1)
	w.rows = unsafe.Pointer(&w.slab[0])
	w.preds = make([]uint32, p.preds)
	w.dead = ^uint32(uint64(1)<<n - 1)
	w.local = make([]byte, p.localBytes*lanes)
	w.localInit = make([]byte, len(w.local))
	w.frame = make([]byte, p.frameBytes*lanes)
	w.written = make([]uint32, len(p.tracked))
	for k, off := range p.consts {
		if k.wide {
			fill(rowOf[uint64](w, off), k.bits)
		} else {
			fill(rowOf[uint32](w, off), uint32(k.bits))
		}
	}
	return w
}

// fill sets a row to one value in every lane.
func fill[T any](row *[lanes]T, v T) {
	for i := range row {
		row[i] = v
	}
}

// start makes b the block with linear index n.
func (b *block) start(n uint64) {
	l := b.l
	b.number, b.tag = n, l.tag+1+uint32(n)
	g := [3]uint64{uint64(l.grid[0]), uint64(l.grid[1]), uint64(l.grid[2])}
	b.index = [3]uint32{uint32(n % g[0]), uint32(n / g[0] % g[1]), uint32(n / g[0] / g[1])}
	b.left, b.next = len(b.warps), 0
	b.bars = [16]barrierState{}
	b.mbars, b.polls = nil, 0
	b.groups, b.copies = b.groups[:0], b.copies[:0]
	for i := range b.shared {
		b.shared[i] = 0xff
	}
	if l.checked {
		b.restartCells()
	}
	for _, w := range b.warps {
		w.start()
	}
	b.turn = l.sched.order(len(b.warps), b.turn)
}

// start makes the warp as it is when its block begins.
func (w *warp) start() {
	w.pc, w.join, w.stack = 0, noJoin, w.stack[:0]
	n := uint32(lanes)
	if t := w.l.threads - uint32(w.index*lanes); t < lanes {
		n = t
	}
	w.active = uint32(uint64(1)<<n - 1)
	w.live, w.exited, w.dead = w.active, ^w.active, ^w.active
	clear(w.preds)
	w.preds[truePred] = fullMask
	clear(w.localInit)
	clear(w.written)
	w.async = asyncState{pending: w.async.pending[:0]}
	w.products.start(w.l.prog)
	w.registers = 0
	w.waiting, w.busy = false, 0
	if p := w.l.prog; p.stackRow != 0 {
		fill(rowOf[uint32](w, p.stackRow), uint32(p.stackAt))
	}
	w.specials(true)
}

// turnOf lets one warp of the block run; false when none can.
func (b *block) turnOf(quantum int) bool {
	for range b.turn {
		w := b.warps[b.turn[b.next]]
		b.next = (b.next + 1) % len(b.turn)
		if w.live == 0 || w.waiting {
			continue
		}
		w.inVain = false
		w.run(quantum)
		if w.busy++; w.inVain {
			w.busy = 0
		} else if w.busy > busyTurns {
			b.polls = 0
		}
		if w.live == 0 {
			b.left--
			w.leaveProducts()
			w.leaveBulk()
			b.retire(w)
		}
		return true
	}
	return false
}

// specials writes the rows of the special registers; at the start of a block
// only those that change with it.
func (w *warp) specials(changing bool) {
	for _, sp := range w.l.prog.specialRows {
		if changing && !sp.perBlock {
			continue
		}
		for i := range uint32(lanes) {
			v := w.specialValue(sp.name, i, w.l, w.b)
			if sp.wide {
				rowOf[uint64](w, sp.row)[i] = uint64(v)
			} else {
				rowOf[uint32](w, sp.row)[i] = v
			}
		}
	}
}

// specialValue is what a special register of 32 bits reads as in a lane.
func (w *warp) specialValue(name string, lane uint32, l *launch, b *block) uint32 {
	axis := func(v [3]uint32) uint32 { return v[name[len(name)-1]-'x'] }
	switch name {
	case "%tid.x", "%tid.y", "%tid.z":
		return axis(w.thread(int(lane)))
	case "%ntid.x", "%ntid.y", "%ntid.z":
		return axis(l.block)
	case "%ctaid.x", "%ctaid.y", "%ctaid.z":
		return axis(b.index)
	case "%nctaid.x", "%nctaid.y", "%nctaid.z":
		return axis(l.grid)
	case "%laneid":
		return lane
	case "%warpid":
		return uint32(w.index)
	case "%nwarpid":
		return uint32(len(b.warps))
	case "%nsmid":
		return 1
	case "%lanemask_eq":
		return 1 << lane
	case "%lanemask_lt":
		return 1<<lane - 1
	case "%lanemask_le":
		return 2<<lane - 1
	case "%lanemask_gt":
		return ^uint32(2<<lane - 1)
	case "%lanemask_ge":
		return ^uint32(1<<lane - 1)
	case "%dynamic_smem_size":
		return l.dynamic
	case "%total_smem_size":
		return uint32(l.prog.sharedReal) + l.dynamic
	}
	return 0
}

var clockNames = map[string]bool{
	"%clock": true, "%clock_hi": true, "%clock64": true,
	"%globaltimer": true, "%globaltimer_lo": true, "%globaltimer_hi": true,
}

// clock reads a clock: it counts the instructions of the launch, so that a
// kernel that reads it stays deterministic.
func (w *warp) clock(name string, out unsafe.Pointer, wide bool) {
	v := w.l.count.WarpInstructions
	if name[len(name)-3:] == "_hi" {
		v >>= 32
	}
	if wide {
		fill((*[lanes]uint64)(out), v)
		return
	}
	fill((*[lanes]uint32)(out), uint32(v))
}
