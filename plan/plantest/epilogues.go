package plantest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// epilogues holds contractions whose result goes into silu or a sum, which a
// device may compute in one kernel, at sizes of several paths: whole tiles, odd
// edges, few columns, long sums that are cut into slices, a batch.
func epilogues(t *testing.T, d plan.Device, opt Options) {
	product, conv, data := plan.Op{Kind: plan.MatMul}, plan.Op{Kind: plan.Conv}, plan.Op{Kind: plan.ConvData}
	for _, c := range []operatorCase{
		on(product, []int{5, 7}, []int{7, 1}),
		on(product, []int{65, 31}, []int{31, 63}),
		on(product, []int{64, 64}, []int{64, 64}),
		on(product, []int{3, 1030}, []int{1030, 6}),
		on(product, []int{2, 4, 520}, []int{2, 520, 8}),
		on(product, []int{130, 20}, []int{20, 1028}).largeIf(true),
		on(conv, []int{2, 5, 7, 3}, []int{3, 3, 3, 5}),
		on(conv, []int{1, 6, 6, 64}, []int{3, 3, 64, 8}),
		on(data, []int{2, 5, 7, 3}, []int{3, 3, 5, 3}),
		on(data, []int{3, 8, 8, 32}, []int{3, 3, 64, 32}),
	} {
		if c.large && opt.Small {
			continue
		}
		for k := range 16 {
			e := epilogueCase{add: k&1 != 0, kept: k&2 != 0, bias: k&4 != 0, own: k&8 != 0}
			if e.bias && (c.op.Kind == plan.ConvData || len(c.in[0]) == 3) || e.own && !e.add {
				continue
			}
			t.Run(fmt.Sprintf("%v%v%v", c.op, c.in, e), func(t *testing.T) { epilogue(t, d, opt, c, e) })
		}
	}
}

// epilogueCase is silu, or the addition of another value.
type epilogueCase struct {
	add  bool
	own  bool // what is added is a temporary, in whose place the result may lie
	kept bool // the host reads the sum as well
	bias bool
}

func (e epilogueCase) String() string {
	s := ""
	for _, part := range []struct {
		on   bool
		name string
	}{{e.bias, "+bias"}, {e.kept, ", kept"}, {e.add, "+r"}, {e.own, " in place"}, {!e.add, " to silu"}} {
		if part.on {
			s += part.name
		}
	}
	return s
}

// epilogue runs one contraction with one epilogue.
func epilogue(t *testing.T, d plan.Device, opt Options, c operatorCase, e epilogueCase) {
	s := apply(c.op, leaf("x0", c.in[0]...), leaf("x1", c.in[1]...))
	if e.bias {
		w := s.Shape[len(s.Shape)-1]
		s = apply(plan.Op{Kind: plan.Add}, s,
			apply(plan.Op{Kind: plan.Expand, Outer: 1, Inner: w, Shape: s.Shape}, leaf("bias", w)))
	}
	y := apply(plan.Op{Kind: plan.SiLU}, s)
	if e.add {
		r := leaf("r", s.Shape...)
		if e.own {
			r = apply(plan.Op{Kind: plan.Softmax}, r)
		}
		y = apply(plan.Op{Kind: plan.Add}, r, s)
	}
	roots := []plan.Root{{Name: "y", Node: y}}
	if e.kept {
		roots = append(roots, plan.Root{Name: "s", Node: s})
	}
	p := compile(t, opt.Precision, roots...)
	if p.Steps[len(p.Steps)-1].Epilogue == plan.NoEpilogue {
		t.Fatalf("no epilogue in\n%v", p)
	}
	g, ref := both(t, d, p, false)
	run(t, g, ref)
	want := make([]float64, plan.Size(s.Shape))
	sum := bound(p, ref, c.op, opt.Precision, want)
	for _, q := range p.Outputs {
		want, err := ref.Data(q.Name)
		if err != nil {
			t.Fatal(err)
		}
		near(t, q.Name, read(t, g, q.Name, len(want)), want, func(i int) float64 {
			if q.Name == "s" {
				return sum(i) + 0x1p-23*math.Abs(want[i]) // the bias's rounding
			}
			return 1.1*sum(i) + 0x1p-20*(math.Abs(want[i])+1) // silu' < 1.1
		})
	}
}
