package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// chain is a plan.Chain compiled to calls of vector kernels on blocks of elements.
//
// The operands of a call are places. A place lies in the memory of a value, where the value
// is read or stored in order, or else in scratch memory of the worker. A block is so short
// that all places of it stay in the first-level cache.
type chain struct {
	blocking
	places  []place
	gather  []gather // arguments that are not read in order
	code    []call
	scratch []chainScratch // by worker
}

// place is where an operand lies. Element i of the chain is data[i]; data is nil for a
// place in scratch memory, which holds a block.
type place struct {
	data []float32
}

// call is one instruction on a block: draw, scatter or narrow if one of them is set, else fn.
type call struct {
	fn        kernels.Block
	dst, a, b int // places
	imm       float32
	draw      *draw
	scatter   *scatter
	narrow    *narrow
}

// chainScratch is the memory that one worker computes in.
type chainScratch struct {
	operand []unsafe.Pointer // by place: where it lies for the present block
	own     []unsafe.Pointer // by place: its scratch memory, nil for a place in a value
	_       [64]byte         // keeps the workers' cache lines apart
}

// Run computes the blocks of an item.
func (c *chain) Run(worker, item int) {
	d := &c.scratch[worker]
	for k := item * c.perItem; k < min(c.count, (item+1)*c.perItem); k++ {
		c.runBlock(d, k, k == item*c.perItem)
	}
}

// runBlock runs the code on block k. first says that it is the first block of an item, so
// that arguments which are the same in every block must be fetched too.
func (c *chain) runBlock(d *chainScratch, k int, first bool) {
	start, n := c.bounds(k)
	for i := range c.places {
		if p := &c.places[i]; p.data != nil {
			d.operand[i] = unsafe.Pointer(&p.data[start])
		}
	}
	for i := range c.gather {
		if g := &c.gather[i]; first || !g.invariant {
			d.operand[g.place] = g.fetch(d.own[g.place], start, n, c.block)
		}
	}
	for i := range c.code {
		q := &c.code[i]
		switch {
		case q.draw != nil:
			q.draw.fill(unsafe.Slice((*float32)(d.operand[q.dst]), n), start)
		case q.narrow != nil:
			q.narrow.store(unsafe.Slice((*float32)(d.operand[q.a]), n), start)
		case q.scatter != nil:
			q.scatter.store(unsafe.Slice((*float32)(d.operand[q.a]), n), start)
		default:
			dst, a, b := (*float32)(d.operand[q.dst]), (*float32)(d.operand[q.a]), (*float32)(d.operand[q.b])
			q.fn(dst, a, b, n, q.imm)
		}
	}
}

// chainJob is a chain with the pool that runs it.
type chainJob struct {
	*chain
	pool  *kernels.Pool
	items int
}

// Do runs the chain.
func (j *chainJob) Do() { j.pool.Run(j.chain, j.items) }

// draw makes the random numbers of an instruction.
type draw struct {
	*kernels.Drawer
	rows []float32 // [n, DrawLen]: what each row draws
	row  int       // elements of a row
}

// fill sets dst to elements start, start+1, … of the rows laid end to end.
func (d *draw) fill(dst []float32, start int) {
	rows := d.rows[start/d.row*plan.DrawLen:]
	for e := start % d.row; len(dst) > 0; e = 0 {
		n := min(len(dst), d.row-e)
		d.Fill(dst[:n], uint64(rows[0])+uint64(rows[1])<<24, uint32(rows[2]), e)
		dst, rows = dst[n:], rows[plan.DrawLen:]
	}
}

// copyBlock is a kernels.Block that copies a to dst.
func copyBlock(dst, a, _ *float32, n int, _ float32) {
	copy(unsafe.Slice(dst, n), unsafe.Slice(a, n))
}

var _ plan.Device = (*Device)(nil)
