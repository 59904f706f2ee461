package cpu

import (
	"unsafe"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// chain is a plan.Chain compiled to calls of vector primitives on blocks.
//
// Its places are where an operand of a block lies: in a value's memory, where
// the value is read or stored in order, or in scratch. A block is about as long
// as the first-level cache allows for all of them.
type chain struct {
	pieces
	places []place
	gather []gather // arguments that are not in order
	code   []call
	desks  []desk
}

// place is where an operand lies; data is nil for scratch.
type place struct {
	data []float32 // element i of the chain is data[i]
}

// call is one instruction on a block.
type call struct {
	fn        kernels.Block
	dst, a, b int // places
	imm       float32
	draw      *draw
	scatter   *scatter
}

// desk is a worker's table of places and its scratch.
type desk struct {
	at   []unsafe.Pointer // where each place lies for this block
	home []unsafe.Pointer // scratch of each place, nil for memory
	_    [64]byte
}

// Run does the blocks of an item.
func (c *chain) Run(worker, item int) {
	d := &c.desks[worker]
	for k := item * c.perItem; k < min(c.count, (item+1)*c.perItem); k++ {
		c.do(d, k, k == item*c.perItem)
	}
}

// do runs the code on block k; first says that nothing is left of the last one.
func (c *chain) do(d *desk, k int, first bool) {
	start, n := c.piece(k)
	for i := range c.places {
		if p := &c.places[i]; p.data != nil {
			d.at[i] = unsafe.Pointer(&p.data[start])
		}
	}
	for i := range c.gather {
		if g := &c.gather[i]; first || !g.steady {
			d.at[g.place] = g.fetch(d.home[g.place], start, n, c.block)
		}
	}
	for i := range c.code {
		q := &c.code[i]
		switch {
		case q.draw != nil:
			q.draw.fill(unsafe.Slice((*float32)(d.at[q.dst]), n), start)
		case q.scatter != nil:
			q.scatter.store(unsafe.Slice((*float32)(d.at[q.a]), n), start)
		default:
			q.fn((*float32)(d.at[q.dst]), (*float32)(d.at[q.a]), (*float32)(d.at[q.b]), n, q.imm)
		}
	}
}

// chainJob is a chain on a pool.
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

// copyBlock moves a value to a second place.
func copyBlock(dst, a, _ *float32, n int, _ float32) {
	copy(unsafe.Slice(dst, n), unsafe.Slice(a, n))
}

var _ plan.Device = (*Device)(nil)
