package emu

import (
	"sort"
	"sync"

	"github.com/stillfield/stillfield/cuda/driver"
)

// A survey (Options.Survey) counts the launches of a plan that is too large to run. Of each
// launch it runs the blocks that differ from one another by where they lie in the grid, and
// counts each for all that it stands for. Along each axis these are the first, the last, and a
// window of others behind the first, each of which stands for the blocks that lie a multiple of
// the window from it: of a kernel whose blocks repeat with a period that divides the window, such
// as tiles of an image's rows, no count is off by one. Blocks that take turns at their work differ
// from one of them on, by a turn: that one is searched for, and a window begins there too. What
// the blocks compute means nothing: memory holds zeros, copies and fills on the device and what
// kernels store are left out, lest a kernel find there what blocks that did not run would have
// changed, and nothing is checked.

// surveyWindow is how many blocks a window has.
const surveyWindow = 8

// surveyFew is how long the first axis is at most where all of it runs: so many blocks are needed
// to tell where blocks that take turns begin to differ.
const surveyFew = 3*surveyWindow + 2

// windows are how many blocks a window has along each axis. Where the first axis is long, the
// blocks between the first and the last of the second are taken to be alike.
func (l *launch) windows() [3]uint32 {
	if l.grid[0] > surveyFew {
		return [3]uint32{surveyWindow, 1, surveyWindow}
	}
	return [3]uint32{surveyWindow, surveyWindow, surveyWindow}
}

// spot is a block along one axis of a grid and how many it stands for.
type spot struct {
	at    uint32
	times uint64
}

// window are the blocks to run from first to end, which is not one of them: as many as its width,
// each for all that follow it at that distance.
func window(ss []spot, first, end, width uint32) []spot {
	for i := range min(width, end-first) {
		ss = append(ss, spot{first + i, uint64((end-first-1-i)/width) + 1})
	}
	return ss
}

// spots are the blocks to run of n along an axis, all of them if they are at most few, and
// with block turn and a window behind it.
func spots(n, few, width, turn uint32) (ss []spot) {
	if n <= few {
		return window(nil, 0, n, n)
	}
	ss = window([]spot{{0, 1}}, 1, turn, width)
	if turn < n-1 {
		ss = window(append(ss, spot{turn, 1}), turn+1, n-1, width)
	}
	return append(ss, spot{n - 1, 1})
}

// surveyed is a block to run, by its linear index, and how many it stands for.
type surveyed struct{ number, times uint64 }

// representatives are the blocks of the grid that a survey runs.
func (l *launch) representatives(turn uint32) (bs []surveyed) {
	width := l.windows()
	axes := [3][]spot{spots(l.grid[0], surveyFew, width[0], turn)}
	for k := 1; k < 3; k++ {
		axes[k] = spots(l.grid[k], width[k]+2, width[k], l.grid[k]-1)
	}
	for _, z := range axes[2] {
		for _, y := range axes[1] {
			for _, x := range axes[0] {
				row := uint64(z.at)*uint64(l.grid[1]) + uint64(y.at)
				bs = append(bs, surveyed{row*uint64(l.grid[0]) + uint64(x.at), x.times * y.times * z.times})
			}
		}
	}
	return bs
}

// turn is the block of the first row behind which blocks count otherwise than before it, and which
// may itself count like neither; the last of the row if there is none.
func (l *launch) turn(b *block) uint32 {
	const w = surveyWindow
	n := l.grid[0]
	if n <= surveyFew {
		return n - 1
	}
	like := func(at, as uint32) bool { return *l.countOf(b, uint64(at)) == *l.countOf(b, uint64(as)) }
	near := false // whether it is among the first 2·w
	for i := uint32(1); i <= w; i++ {
		near = near || !like(i, i+w)
	}
	if near {
		at := uint32(2 * w)
		for ; at > 1 && like(at, 2*w+1+(at-1)%w); at-- {
		}
		return at
	}
	other := func(k int) bool { return !like(uint32(k), 1+(uint32(k)-1)%w) }
	if !other(int(n - 2)) {
		return n - 1
	}
	return uint32(sort.Search(int(n-2), func(k int) bool { return k > w && other(k) }))
}

// countOf is what block number of the grid counts, run on b.
func (l *launch) countOf(b *block, number uint64) *driver.Counts {
	l.count = &driver.Counts{Grid: l.grid, Block: l.block, Shared: l.dynamic}
	b.start(number)
	l.finish(b)
	return l.count
}

// survey runs the representatives, on as many goroutines as there are workers, those of a kernel
// with atomics on one.
func (l *launch) survey() error {
	n := max(l.ctx.opt.Workers, 1)
	if l.prog.atomics {
		n = 1
	}
	parts, totals, slots := make([]launch, n), make([]driver.Counts, n), make([]*block, n)
	for k := range parts {
		parts[k] = *l
		parts[k].sched = newScheduler(Forward, 0, 0)
		slots[k] = parts[k].takeBlock()
	}
	bs := l.representatives(parts[0].turn(slots[0]))
	var wait sync.WaitGroup
	for k := range parts {
		wait.Go(func() {
			for i := k; i < len(bs) && parts[k].err == nil; i += n {
				totals[k].AddTimes(parts[k].countOf(slots[k], bs[i].number), bs[i].times)
			}
		})
	}
	wait.Wait()
	for k := range parts {
		totals[k].Grid, totals[k].Block, totals[k].Shared = l.grid, l.block, l.dynamic
		l.count.Add(&totals[k])
		l.leaveBlock(slots[k])
		if l.err == nil {
			l.err = parts[k].err
		}
	}
	return l.err
}
