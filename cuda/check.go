package cuda

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
)

// Check runs the plan one step at a time and returns the first value that is not
// finite; see plan.FirstNonFinite.
func (g *Program) Check() (*plan.NonFinite, error) {
	if err := g.ready("Check"); err != nil {
		return nil, err
	}
	bad, err := g.check()
	return bad, g.fail("Check", err)
}

// check does the work of Check.
func (g *Program) check() (bad *plan.NonFinite, err error) {
	if err := g.takeInputs(); err != nil {
		return nil, err
	}
	c, err := g.newSearch()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := g.ctx.Free(c.words); err == nil {
			err = e
		}
	}()
	next := 0 // launch
	return plan.FirstNonFinite(g.plan, plan.Stepper{
		Save:  g.save,
		Clear: func(v int) error { return g.ctx.Fill(g.addr[v], 0, 1, g.main) },
		Step: func(s int) error {
			for ; next < len(g.launches) && g.launches[next].Step == s; next++ {
				if err := g.enqueue(next); err != nil {
					return err
				}
			}
			return nil
		},
		Kept: func(s int) bool { return g.plan.Steps[s].Chain != nil || g.plan.Stored(s) },
		Find: c.find,
	})
}

// save copies states and outputs to the host and returns what puts them back.
func (g *Program) save() (restore func() error, err error) {
	var values []int
	var saved [][]byte
	for _, ports := range [][]plan.Port{g.plan.Outputs, g.plan.States} {
		for _, q := range ports {
			b := make([]byte, 4*g.plan.Values[q.Value].Size)
			if err := g.download(b, g.addr[q.Value]); err != nil {
				return nil, err
			}
			values, saved = append(values, q.Value), append(saved, b)
		}
	}
	return func() error {
		for k, v := range values {
			g.markStale(v)
			if err := g.upload(g.addr[v], saved[k]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// A search looks for numbers that are not finite with the kernel finite_f32.
type search struct {
	g     *Program
	words driver.Ptr // for each block, the index of the first bad number it met
	f     driver.Function
	host  []byte // for words
}

// newSearch allocates what the kernel leaves its answers in; the caller frees words.
func (g *Program) newSearch() (*search, error) {
	l := kernels.List{}
	l.Finite(1, 1, 1, 1, 1)
	f, err := g.dev.function(l.Launches[0].Kernel)
	if err != nil {
		return nil, err
	}
	most := 4 * kernels.FiniteBlocks(math.MaxInt32)
	words, err := g.ctx.Alloc(uint64(most))
	return &search{g: g, words: words, f: f, host: make([]byte, most)}, err
}

// find searches a view, rows of neighbours, of value v.
func (c *search) find(v int, view plan.View) (index int, x float32, err error) {
	g := c.g
	width, pitch := 1, view.Strides[0]
	switch last := view.Axes - 1; {
	case view.Contiguous():
		width, pitch = view.Len(), view.Len()
	case last == 1 && view.Strides[1] == 1:
		width = view.Dims[1]
	case last > 0:
		return 0, 0, fmt.Errorf("a step writes a view %v of %s, want rows", view, g.plan.Values[v].Name)
	}
	bytes := g.plan.Values[v].Storage.Bytes()
	l := kernels.List{Half: kernels.Half{A: half(g.plan, v)}}
	l.Finite(c.words, g.addr[v]+driver.Ptr(bytes*view.Off), view.Len(), width, pitch)
	ln := &l.Launches[0]
	if err := g.ctx.Launch(c.f, ln.Grid, ln.Block, 0, g.main, ln.Args); err != nil {
		return 0, 0, err
	}
	words := c.host[:4*kernels.FiniteBlocks(view.Len())]
	if err := g.download(words, c.words); err != nil {
		return 0, 0, err
	}
	first := uint32(math.MaxUint32)
	for ; len(words) > 0; words = words[4:] {
		first = min(first, binary.LittleEndian.Uint32(words))
	}
	if first == math.MaxUint32 {
		return -1, 0, nil
	}
	at := view.At(int(first))
	var got [1]float32
	b := floatBytes(got[:])[4-bytes:] // bfloat16 is the high half of a float32
	if err := g.download(b, g.addr[v]+driver.Ptr(bytes*at)); err != nil {
		return 0, 0, err
	}
	return at, got[0], nil
}
