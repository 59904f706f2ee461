package emu

import (
	"slices"

	"github.com/stillfield/stillfield/cuda/driver"
)

var errStuck = &driver.Error{Call: "launch", Code: 702, Reason: "no warp of a block can run"}

// A launch is one kernel in execution.
type launch struct {
	ctx         *Context
	prog        *program
	grid, block [3]uint32
	threads     uint32 // of a block
	dynamic     uint32 // bytes of dynamic shared memory
	dynAt       int    // where it begins
	params      []byte
	op          *operation
	mem         *memory
	bounds      *bounds // what it is confined to, nil for nothing
	checked     bool
	late        Landing
	count       *driver.Counts
	sched       *scheduler
	err         error
	tag         uint32 // of the launch in shadow cells; its blocks are tag+1…
	safe        uint32 // cells below are of work that is ordered before this
	fences      fences
	limit       uint64 // warp instructions
	followed    uint32 // tags from here are of work ordered before, so many
	followedN   uint32
}

// run executes every block, Options.Resident of them side by side.
func (l *launch) run() error {
	if l.ctx.opt.Survey {
		return l.survey()
	}
	n := uint64(l.grid[0]) * uint64(l.grid[1]) * uint64(l.grid[2])
	if l.parallel() {
		return l.runParallel(n)
	}
	order := l.sched.blocks(n)
	resident := min(uint64(max(l.ctx.opt.Resident, 1)), n)
	var slots []*block
	started := uint64(0)
	for ; started < resident; started++ {
		b := l.takeBlock()
		b.start(order.at(started))
		slots = append(slots, b)
	}
	for k := 0; len(slots) > 0 && l.err == nil; {
		k %= len(slots)
		if i := l.sched.pick(len(slots)); i > 0 {
			k = (k + i) % len(slots)
		}
		b := slots[k]
		if b.left > 0 && !b.turnOf(l.sched.quantum()) {
			b.deadlock()
			break
		}
		if l.count.WarpInstructions > l.limit {
			l.hang(b)
			break
		}
		switch {
		case b.left > 0:
			k++
		case started < n:
			b.start(order.at(started))
			started++
			k++
		default:
			l.leaveBlock(b)
			slots = slices.Delete(slots, k, k+1)
		}
	}
	return l.err
}
