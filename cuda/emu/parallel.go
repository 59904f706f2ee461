package emu

import (
	"sync"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Blocks run on several goroutines only where that cannot change a result: with
// Options.Workers above one, unchecked — the sanitizer's shadow is not shared —
// and in kernels without atomics or volatile accesses of device memory. Blocks
// of a correct kernel of that kind touch nothing another writes.
func (l *launch) parallel() bool {
	return l.ctx.opt.Workers > 1 && !l.checked && !l.prog.atomics
}

// runParallel gives worker k of n the blocks k, k+n, k+2n, … of the order.
func (l *launch) runParallel(blocks uint64) error {
	n := min(uint64(l.ctx.opt.Workers), blocks)
	parts := make([]launch, n)
	slots := make([]*block, n)
	for k := range parts {
		parts[k] = *l
		parts[k].count = &driver.Counts{Grid: l.grid, Block: l.block, Shared: l.dynamic}
		parts[k].sched = newScheduler(l.ctx.opt.Order, l.ctx.opt.Seed, uint64(l.tag)+uint64(k)<<32)
		slots[k] = parts[k].takeBlock()
	}
	order := l.sched.blocks(blocks)
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() {
			for i := uint64(k); i < blocks && parts[k].err == nil; i += n {
				slots[k].start(order.at(i))
				parts[k].finish(slots[k])
			}
		})
	}
	wait.Wait()
	for k := range parts {
		l.count.Add(parts[k].count)
		l.leaveBlock(slots[k])
		if l.err == nil {
			l.err = parts[k].err
		}
	}
	return l.err
}

// finish runs a block to its end.
func (l *launch) finish(b *block) {
	for b.left > 0 && l.err == nil {
		if !b.turnOf(l.sched.quantum()) {
			b.deadlock()
		} else if l.count.WarpInstructions > l.limit {
			l.hang(b)
		}
	}
}

// hang reports a launch that has executed too many instructions.
func (l *launch) hang(b *block) {
	w := b.warps[b.turn[b.next]]
	at := &l.prog.code[min(int(w.pc), len(l.prog.code)-1)]
	w.report(Hang, 0, at, "%d warp instructions and no end", l.count.WarpInstructions)
	l.stuck()
}

// stuck ends a launch that cannot go on even where findings are collected.
func (l *launch) stuck() {
	if l.err == nil {
		l.err = errStuck
	}
}
