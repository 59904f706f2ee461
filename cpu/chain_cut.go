package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// blocking splits the elements of a chain: into rows, where an argument has long runs, then
// each row into blocks. Several blocks are an item.
type blocking struct {
	len     int // elements
	row     int // elements of a row
	perRow  int // blocks of a row
	block   int // elements of a block, at most
	count   int // blocks
	perItem int // blocks of an item
}

// bounds returns the first element and the length of block k.
func (b *blocking) bounds(k int) (start, n int) {
	row, i := k/b.perRow, k%b.perRow
	start = row*b.row + i*b.block
	return start, min(b.block, (row+1)*b.row-start)
}

// Sizes of blocks and items.
const (
	blockBytes = 16 << 10 // bytes of all places of a block
	blockMost  = 2048     // elements of a block
	blockLeast = 256
	itemWork   = 1 << 16 // the cost of an item, in additions
)

// cost is about how many additions an operator takes as long as.
func cost(k plan.Kind) int {
	switch {
	case k.Random():
		return 20
	case k == plan.Fill || k < plan.Exp || k >= plan.Add:
		return 1
	}
	return 6
}

// cut chooses the blocks of a chain of n elements, each of which costs work additions.
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
		g.invariant = p == 1 || p > 0 && c.row == n && c.block%p == 0
	}
}

// prepare allocates the scratch memory of each worker.
func (c *chain) prepare(workers int) {
	c.scratch = make([]chainScratch, workers)
	for w := range c.scratch {
		d := &c.scratch[w]
		d.operand = make([]unsafe.Pointer, len(c.places))
		d.own = make([]unsafe.Pointer, len(c.places))
		for i, p := range c.places {
			if p.data == nil {
				d.own[i] = unsafe.Pointer(unsafe.SliceData(kernels.Aligned(c.block)))
				d.operand[i] = d.own[i]
			}
		}
	}
}

// longRun is the length from which a run of an argument makes the chain's rows: then a
// block of it is read where it lies, or is one number repeated.
const longRun = 256

// runLength returns the length of the shortest run of an argument that is a longRun, 0 if
// there is none.
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

// unit returns the least common multiple of the periods and runs of the arguments and
// outputs that are not in order, so that a block of a multiple of it has whole ones; 1 if
// that is more than a block.
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
