package cuda

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// slowLiveness is liveness by its definition: every live value is looked at in every step.
type slowLiveness struct {
	p          *plan.Plan
	life       []plan.Life
	live, lost map[int]bool
}

func (l *slowLiveness) step(s int) (ended, lost []int) {
	read, made := temporaries(l.p, &l.p.Steps[s])
	for _, v := range read {
		if l.lost[v] {
			lost = append(lost, v)
		}
	}
	for _, v := range made {
		if l.live[v] {
			continue
		}
		for u := range l.live {
			a, b := l.p.Values[u], l.p.Values[v]
			if a.Offset < b.Offset+b.Size && b.Offset < a.Offset+a.Size {
				l.lost[u] = true
				delete(l.live, u)
			}
		}
		l.live[v] = true
	}
	for v := range l.live {
		if l.life[v].Last == s {
			ended = append(ended, v)
			delete(l.live, v)
		}
	}
	slices.Sort(ended)
	return ended, lost
}

// parted is a sum of silu(x + k) over so many parts, whose largest elements are
// asked for at the end.
func parted(t *testing.T, parts int) *plan.Plan {
	t.Helper()
	x := leaf(plan.Input, "x", 96)
	var sum, late *plan.Node
	for k := range parts {
		y := apply(t, plan.Op{Kind: plan.Softmax}, apply(t, plan.Op{Kind: plan.Shift, Imm: float64(k)}, x))
		dot := apply(t, plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, y, x)
		if k == 0 {
			sum, late = y, dot
			continue
		}
		sum, late = apply(t, plan.Op{Kind: plan.Add}, sum, y), apply(t, plan.Op{Kind: plan.Add}, late, dot)
		sum.Unfused = true
	}
	return compile(t, plan.Float32, plan.Root{Name: "sum", Node: sum}, plan.Root{Name: "late", Node: late})
}

// What liveness says is what its definition says, of plans whose values lie where plan
// has put them and of plans whose values lie anywhere.
func TestLiveness(t *testing.T) {
	p := parted(t, 9)
	rapid.Check(t, func(r *rapid.T) {
		q := *p
		q.Values = slices.Clone(p.Values)
		for range rapid.IntRange(0, 6).Draw(r, "moved") {
			v := rapid.IntRange(0, len(q.Values)-1).Draw(r, "value")
			q.Values[v].Offset = 32 * rapid.IntRange(0, 20).Draw(r, "offset")
		}
		fast, slow := newLiveness(&q), &slowLiveness{&q, q.Lifetimes(), map[int]bool{}, map[int]bool{}}
		for s := range q.Steps {
			ended, lost := fast.step(s)
			slices.Sort(ended)
			got, want := fmt.Sprint(ended, lost), fmt.Sprint(slow.step(s))
			if got != want {
				r.Fatalf("step %d: values %s have ended and been lost, want %s", s, got, want)
			}
		}
	})
}

// A device that does not ask what a launch may touch is spared finding it out.
func TestBoundsForWhoAsks(t *testing.T) {
	real, emulated := open(t, idle{emu.New(emu.Options{})}), open(t, emu.New(emu.Options{}))
	p := parted(t, 2)
	for d, want := range map[*Device]int{real: 0, emulated: len(p.Steps)} {
		g := load(t, d, p)
		if len(g.bounds) != want {
			t.Errorf("%s: bounds of %d steps, want %d", d.name, len(g.bounds), want)
		}
		must(t, g.Close())
		must(t, d.Close())
	}
}
