package plantest

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// allSums holds devices of one group to the sum over their processes: of a flat value whose
// parts are made one after another, whether anybody else reads them or not.
func allSums(t *testing.T, opt Options) {
	if opt.Join == nil {
		t.Skip("no device of a group was given")
	}
	ranks, columns := []int{1, 2, 4, 8}, []int{1, 7, 200}
	if opt.Small {
		ranks, columns = []int{2, 4}, []int{7}
	}
	for _, r := range ranks {
		for _, c := range columns {
			for _, exact := range []bool{true, false} {
				for _, read := range []bool{true, false} {
					name := fmt.Sprintf("%d ranks/%d columns/exact=%v/read=%v", r, c, exact, read)
					t.Run(name, func(t *testing.T) {
						a := allSum{ranks: r, columns: c, exact: exact, read: read, opt: opt}
						a.compile(t)
						if err := local.Run(r, comm.Options{}, a.rank); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
	}
	t.Run("another group", func(t *testing.T) {
		a := allSum{ranks: 4, columns: 1, exact: true, opt: opt}
		a.compile(t)
		err := local.Run(2, comm.Options{}, func(g *comm.Group) error {
			d, err := opt.Join(g)
			if err != nil {
				return err
			}
			defer d.Close()
			if p, err := d.Load(t.Context(), a.plan); err == nil {
				p.Close()
				return fmt.Errorf("rank %d of 2 loads a sum over 4 processes: no error", g.Rank())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// allSum is one case: flat = (xᵀg | gᵀx | Σg | x₀) of inputs x [8, columns] and g [8, 5], of which the
// sum is an output, its squared norm too and, where it is read, flat itself.
type allSum struct {
	ranks, columns int
	exact, read    bool
	opt            Options
	plan           *plan.Plan
	flat           int // elements
}

func (a *allSum) compile(t *testing.T) {
	x, g := leaf("x", 8, a.columns), leaf("g", 8, 5)
	a.flat = 10*a.columns + 6
	flat := apply(plan.Op{Kind: plan.Concat, Rows: 1, Shape: []int{a.flat}},
		apply(plan.Op{Kind: plan.MatMul, TransA: true}, x, g),
		apply(plan.Op{Kind: plan.MatMul, TransA: true}, g, x),
		apply(plan.Op{Kind: plan.Sum, Outer: 1, Inner: 5, Shape: []int{5}}, g),
		apply(plan.Op{Kind: plan.Narrow, Rows: 1, Width: 1, Shape: []int{1}}, x))
	sum := apply(plan.Op{Kind: plan.AllSum, Ranks: a.ranks, Exact: a.exact}, flat)
	roots := []plan.Root{{Name: "sum", Node: sum},
		{Name: "norm", Node: apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, sum, sum)}}
	if a.read {
		roots = append(roots, plan.Root{Name: "flat", Node: flat})
	}
	a.plan = compile(t, plan.Float32, roots...)
}

// rank is what each process does: two runs, each of inputs of its own.
func (a *allSum) rank(g *comm.Group) error {
	d, err := a.opt.Join(g)
	if err != nil {
		return err
	}
	defer d.Close()
	p, err := d.Load(context.Background(), a.plan)
	if err != nil {
		return err
	}
	defer p.Close()
	for run := range 2 {
		for _, in := range a.plan.Inputs {
			x := make([]float32, a.plan.Values[in.Value].Size)
			random(x, uint64(100*run+10*g.Rank()+len(in.Name)), false)
			if err := p.Write(in.Name, x); err != nil {
				return err
			}
		}
		if err := p.Run(); err != nil {
			return err
		}
		if err := a.check(g, p); err != nil {
			return fmt.Errorf("run %d, rank %d: %w", run, g.Rank(), err)
		}
	}
	return nil
}

// check holds the sum to the flat values of all ranks, and all ranks to one result.
func (a *allSum) check(g *comm.Group, p plan.Program) error {
	got, all := make([]float32, a.flat+1), make([]float32, a.ranks*(a.flat+1))
	if err := p.Read("sum", got[:a.flat]); err != nil {
		return err
	}
	if err := p.Read("norm", got[a.flat:]); err != nil {
		return err
	}
	if err := comm.AllGather(g, all, got); err != nil {
		return err
	}
	if first := bits(all[:len(got)]); bits(got) != first {
		return fmt.Errorf("the sum has the bits %s, and %s on rank 0", bits(got), first)
	}
	if !a.read {
		return nil
	}
	flat := make([]float32, a.flat)
	if err := p.Read("flat", flat); err != nil {
		return err
	}
	all = all[:a.ranks*a.flat]
	if err := comm.AllGather(g, all, flat); err != nil {
		return err
	}
	parts := make([][]float64, a.ranks)
	for r := range parts {
		parts[r] = make([]float64, a.flat)
		for i := range parts[r] {
			parts[r][i] = float64(all[r*a.flat+i])
		}
	}
	want := reference.AllSum(parts...)
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 64*0x1p-24*float64(a.ranks)*8 {
			return fmt.Errorf("element %d is %v, want %v", i, got[i], w)
		}
	}
	if a.exact && bits(tree(all, a.flat)) != bits(got[:a.flat]) {
		return fmt.Errorf("the sum has not the bits of the tree")
	}
	return nil
}

// tree is reference.AllSum in float32, of blocks of n elements.
func tree(x []float32, n int) []float32 {
	if len(x) == n {
		return x
	}
	a, b := tree(x[:len(x)/2], n), tree(x[len(x)/2:], n)
	sum := make([]float32, n)
	for i := range sum {
		sum[i] = a[i] + b[i]
	}
	return sum
}
