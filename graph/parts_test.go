package graph_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// inParts is a loss Σ tanh(xw)² and its gradient in w, of a batch of 12 rows of 3,
// behind 5 elements that are no part of it.
func inParts(parts int) (b *graph.Builder, loss, grad graph.Node) {
	b = graph.New()
	x, w := b.Input("x", 5+12*3), b.State("w", 3, 2)
	p := b.Parts(parts)
	y := b.Unary(plan.Tanh, b.MatMul(p.Window(x, 5, 12/parts, 3), w, false, false))
	l := b.Dot(y, y, 1)
	return b, p.Sum(l), p.Sum(b.Gradients(l, w)[0])
}

// However many parts there are, the graph holds one, and the sums are those of the
// whole batch.
func TestParts(t *testing.T) {
	nodes := 0
	var want [][]float64
	for _, parts := range []int{1, 2, 3, 12} {
		b, loss, grad := inParts(parts)
		p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "loss", Node: loss},
			graph.Root{Name: "grad", Node: grad})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(b.Graph().AllNodes()); parts > 2 && n != nodes {
			t.Errorf("%d parts: a graph of %d nodes, want the %d of 2 parts", parts, n, nodes)
		} else {
			nodes = n
		}
		g := reference.Load(p)
		var got [][]float64
		for _, name := range []string{"x", "w", "loss", "grad"} {
			d, err := g.Data(name)
			if err != nil {
				t.Fatal(err)
			}
			if name == "x" || name == "w" {
				copy(d, values(name, len(d)))
			} else {
				got = append(got, d)
			}
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if parts == 1 {
			want = got
		}
		for k, name := range []string{"loss", "grad"} {
			near(t, name, got[k], want[k], 12*0x1p-52) // 12 terms
		}
	}
}

// Eight parts in leaves are added leaf by leaf, and leaves in pairs, as numbers of very different
// sizes show.
func TestLeaves(t *testing.T) {
	const parts, n = 8, 3
	x := make([]float64, parts*n)
	for i := range x {
		x[i] = math.Ldexp(1+float64(i)/7, i*37%90)
	}
	for _, leaves := range []int{1, 2, 4, 8} {
		b := graph.New()
		p := b.Parts(parts).InLeaves(leaves)
		y := p.Sum(p.Window(b.Input("x", parts*n), 0, n))
		q, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "y", Node: y})
		if err != nil {
			t.Fatal(err)
		}
		g := reference.Load(q)
		in, err := g.Data("x")
		if err != nil {
			t.Fatal(err)
		}
		copy(in, x)
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		got, err := g.Data("y")
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			sums := make([]float64, leaves)
			for k := range parts {
				sums[k*leaves/parts] += x[k*n+i]
			}
			for ; len(sums) > 1; sums = sums[:len(sums)/2] {
				for k := range len(sums) / 2 {
					sums[k] = sums[2*k] + sums[2*k+1]
				}
			}
			if got[i] != sums[0] {
				t.Errorf("%d leaves: element %d is %v, want %v", leaves, i, got[i], sums[0])
			}
		}
	}
}

func TestPartsFaults(t *testing.T) {
	for _, c := range []struct {
		want string
		make func(b *graph.Builder, x graph.Node) graph.Node
	}{
		{"graph: Parts: got 0 parts, want at least 1", func(b *graph.Builder, x graph.Node) graph.Node {
			return b.Parts(0).Sum(x)
		}},
		{"graph: Window: 3 windows of 3 elements from 0 on, want them in the 8 of [8]",
			func(b *graph.Builder, x graph.Node) graph.Node { return b.Parts(3).Window(x, 0, 3) }},
		{"graph: Window: 2 windows of 4 elements from -1 on, want them in the 8 of [8]",
			func(b *graph.Builder, x graph.Node) graph.Node { return b.Parts(2).Window(x, -1, 4) }},
		{"graph: InLeaves: got 3 leaves of 6 parts, want a power of 2 that divides them",
			func(b *graph.Builder, x graph.Node) graph.Node { return b.Parts(6).InLeaves(3).Sum(x) }},
		{"graph: InLeaves: got 4 leaves of 6 parts", func(b *graph.Builder, x graph.Node) graph.Node {
			return b.Parts(6).InLeaves(4).Sum(x)
		}},
		{"is not differentiable", func(b *graph.Builder, x graph.Node) graph.Node {
			p := b.Parts(2)
			return b.Gradients(b.Dot(p.Sum(p.Window(x, 0, 4)), p.Sum(p.Window(x, 0, 4)), 1), x)[0]
		}},
		{"is part of a part, want it outside", func(b *graph.Builder, x graph.Node) graph.Node {
			p := b.Parts(2)
			return p.Sum(b.Add(p.Sum(b.Narrow(x, 1, 0, 4, 4)), p.Window(x, 0, 4)))
		}},
		{"is part of a part, want it outside", func(b *graph.Builder, x graph.Node) graph.Node {
			p, q := b.Parts(2), b.Parts(2)
			return p.Sum(q.Sum(q.Window(p.Window(x, 0, 4), 0, 2)))
		}},
	} {
		b := graph.New()
		y := c.make(b, b.Input("x", 8))
		_, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "y", Node: y})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// lapse is a context that ends when it has been asked so often whether it has.
type lapse struct {
	context.Context
	left int
}

func (l *lapse) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}

// Compile ends with its context in every part.
func TestCompileEndsWithItsContext(t *testing.T) {
	b, loss, grad := inParts(12)
	for asked := 0; ; asked++ {
		p, err := b.Compile(&lapse{t.Context(), asked}, plan.Float32, graph.Root{Name: "loss", Node: loss},
			graph.Root{Name: "grad", Node: grad})
		if err == nil {
			return
		}
		if p != nil || !errors.Is(err, context.Canceled) {
			t.Fatalf("a context that ends when asked %d times: plan %v, error %v", asked, p != nil, err)
		}
		if inGraph := strings.HasPrefix(err.Error(), "graph: "); !inGraph && asked < 12*5 {
			t.Fatalf("asked %d times before the graph was handed on, want once for each node of 12 parts",
				asked)
		}
	}
}
