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
// finite. States and outputs are put back afterwards. What Clip logs may hold
// the failures of earlier runs, so it is left out, and seen as empty meanwhile.
func (g *Program) Check() (*plan.NonFinite, error) {
	if err := g.ready("Check"); err != nil {
		return nil, err
	}
	bad, err := g.check()
	return bad, g.fail("Check", err)
}

func (g *Program) check() (bad *plan.NonFinite, err error) {
	if err := g.takeInputs(); err != nil {
		return nil, err
	}
	restore, err := g.save()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := restore(); err == nil {
			err = e
		}
	}()
	c, err := g.newSearch()
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := g.ctx.Free(c.words); err == nil {
			err = e
		}
	}()
	logs := map[int]bool{}
	for _, st := range g.plan.Steps {
		if st.Op.Kind == plan.Clip {
			logs[st.In[0]] = true
			if err := g.ctx.Fill(g.addr[st.In[0]], 0, 1, g.main); err != nil {
				return nil, err
			}
		}
	}
	for _, ports := range [][]plan.Port{g.plan.Inputs, g.plan.States} {
		for _, q := range ports {
			if logs[q.Value] {
				continue
			}
			if bad, err := c.look(-1, q.Value, plan.PlainView(g.plan.Values[q.Value].Size)); bad != nil || err != nil {
				return bad, err
			}
		}
	}
	next := 0
	for s := range g.plan.Steps {
		for ; next < len(g.launches) && g.launches[next].Step == s; next++ {
			if err := g.enqueue(next); err != nil {
				return nil, err
			}
		}
		if bad, err := c.step(s); bad != nil || err != nil {
			return bad, err
		}
	}
	return nil, nil
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
			g.wrote(v)
			if err := g.upload(g.addr[v], saved[k]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// search looks for numbers that are not finite.
type search struct {
	g     *Program
	words driver.Ptr
	f     driver.Function
	host  []byte
}

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

// step looks at what step s has made, effects aside.
func (c *search) step(s int) (*plan.NonFinite, error) {
	st := &c.g.plan.Steps[s]
	if st.Chain == nil {
		if st.Op.Kind.Writes() > 0 {
			return nil, nil
		}
		if !c.g.plan.Stored(s) {
			return nil, nil // what its epilogue makes of it is looked at next
		}
		return c.look(s, st.Out, plan.PlainView(c.g.plan.Values[st.Out].Size))
	}
	for _, o := range st.Chain.Outs {
		if bad, err := c.look(s, o.Value, o.View); bad != nil || err != nil {
			return bad, err
		}
	}
	return nil, nil
}

// look searches a view, rows of neighbours, of value v.
func (c *search) look(step, v int, view plan.View) (*plan.NonFinite, error) {
	g := c.g
	width, pitch := 1, view.Strides[0]
	switch last := view.Axes - 1; {
	case view.Contiguous():
		width, pitch = view.Len(), view.Len()
	case last == 1 && view.Strides[1] == 1:
		width = view.Dims[1]
	case last > 0:
		return nil, fmt.Errorf("step %d writes a view %v, want rows", step, view)
	}
	l := kernels.List{}
	l.Finite(c.words, g.addr[v]+driver.Ptr(4*view.Off), view.Len(), width, pitch)
	ln := &l.Launches[0]
	if err := g.ctx.Launch(c.f, ln.Grid, ln.Block, 0, g.main, ln.Args); err != nil {
		return nil, err
	}
	words := c.host[:4*kernels.FiniteBlocks(view.Len())]
	if err := g.download(words, c.words); err != nil {
		return nil, err
	}
	first := uint32(math.MaxUint32)
	for ; len(words) > 0; words = words[4:] {
		first = min(first, binary.LittleEndian.Uint32(words))
	}
	if first == math.MaxUint32 {
		return nil, nil
	}
	at := view.At(int(first))
	var got [1]float32
	if err := g.download(floatBytes(got[:]), g.addr[v]+driver.Ptr(4*at)); err != nil {
		return nil, err
	}
	return &plan.NonFinite{Step: step, Value: g.plan.Values[v].Name, Index: at, Got: got[0]}, nil
}
