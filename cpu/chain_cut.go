package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/plan"
)

// pieces cuts a chain: rows of length row, each into perRow blocks of at most
// block elements, several of which are an item. Rows end where those of an
// argument with long runs do.
type pieces struct {
	len, row, perRow, block int
	count, perItem          int
}

// piece returns the first element and the length of block k.
func (p *pieces) piece(k int) (start, n int) {
	start = k%p.perRow*p.block + k/p.perRow*p.row
	return start, min(p.block, (k/p.perRow+1)*p.row-start)
}

// Sizes of blocks in elements.
const (
	blockBytes = 16 << 10 // of all places together
	blockMost  = 2048
	blockLeast = 256
	itemWork   = 1 << 16 // of an item, in additions
)

// cost is how long a kind takes, in additions, about.
func cost(k plan.Kind) int {
	switch {
	case k.Random():
		return 20
	case k == plan.Fill || k < plan.Exp || k >= plan.Add:
		return 1
	}
	return 6
}

// cut chooses the blocks for a chain of n elements.
func (c *chain) cut(n, work int) {
	block := blockBytes / 4 / max(1, len(c.places)) / 64 * 64
	block = min(blockMost, max(blockLeast, block))
	c.len, c.row = n, n
	if r := c.runLength(); r > 0 {
		c.row = r
	}
	c.perRow = (c.row + block - 1) / block
	c.block = (c.row + c.perRow - 1) / c.perRow
	c.block = min(c.row, (c.block+15)/16*16)
	if unit := c.unit(block); unit > 1 && c.row == n {
		c.block = min(n, block/unit*unit)
	}
	c.perRow = (c.row + c.block - 1) / c.block
	c.count = n / c.row * c.perRow
	c.perItem = max(1, itemWork/(c.block*work))
	for i := range c.gather {
		g := &c.gather[i]
		p := g.period()
		g.steady = p == 1 || p > 0 && c.row == n && c.block%p == 0
	}
}

// prepare makes the scratch of each worker.
func (c *chain) prepare(workers int) {
	c.desks = make([]desk, workers)
	for w := range c.desks {
		d := &c.desks[w]
		d.at = make([]unsafe.Pointer, len(c.places))
		d.home = make([]unsafe.Pointer, len(c.places))
		for i, p := range c.places {
			if p.data == nil {
				d.home[i] = unsafe.Pointer(unsafe.SliceData(aligned(c.block)))
				d.at[i] = d.home[i]
			}
		}
	}
}

// longRun is the length from which blocks are cut at the ends of a run, so that
// it is read where it lies or filled at once.
const longRun = 256

// runLength returns the shortest run of an argument that is long enough to cut
// the blocks by, 0 if there is none.
func (c *chain) runLength() int {
	best := 0
	for i := range c.gather {
		v := &c.gather[i].view
		d, s := v.Dims[v.Axes-1], v.Strides[v.Axes-1]
		if v.Axes > 1 && d >= longRun && (s == 0 || s == 1) && (best == 0 || d < best) {
			best = d
		}
	}
	return best
}

// unit returns the least common multiple of the periods and runs of what is not
// in order, so that blocks hold whole ones; 1 if that is longer than a block.
func (c *chain) unit(block int) int {
	l := 1
	join := func(p int) {
		if a, b := l, p; p > 1 && l <= block {
			for b > 0 {
				a, b = b, a%b
			}
			l = l / a * p
		}
	}
	for i := range c.gather {
		join(c.gather[i].period())
		join(c.gather[i].runs.length)
	}
	for i := range c.code {
		if s := c.code[i].scatter; s != nil {
			join(s.runs.length)
		}
	}
	if l > block {
		return 1
	}
	return l
}
