package kernels

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// TestPacking: a product or a convolution that reads packed weights gives the bits of one that packs them
// itself; one that is thin has no packing.
func TestPacking(t *testing.T) {
	for _, f := range bf16.Forms() {
		for workers := 1; workers <= 2; workers++ {
			e := newBFloatEngine(t, f, workers)
			for _, s := range bfloatEdges {
				for _, op := range ops {
					g := product(op, s.m, s.n, s.k, 3)
					e.Gemm(&g)
					want := slices.Clone(g.C)
					p := e.PackingOf(&g)
					if thin := thinBFloat(s.k, s.n); thin != (p == nil) {
						t.Fatalf("%s %+v: packing %v, thin %v", op, s, p != nil, thin)
					}
					if p == nil {
						continue
					}
					e.Pack([]*Packing{p}).Do()
					g.Packed, g.C = p.Words, poison(len(g.C))
					e.Gemm(&g)
					same(t, fmt.Sprintf("%v, %s %+v, %d workers", f, op, s, workers), g.C, want)
				}
			}
			for _, s := range bfloatConvCases {
				checkFilterPacking(t, e, s)
			}
		}
	}
}

// checkFilterPacking holds both directions of s with packed filters to those without.
func checkFilterPacking(t *testing.T, e *Engine, s Conv) {
	t.Helper()
	x, f, y := s.operands(4)
	forward, data := e.PackingOfFilter(s, f, false), e.PackingOfFilter(s, f, true)
	if packs := s.Size > 1 && !s.isThin(); packs != (forward != nil) || packs != (data != nil) {
		t.Fatalf("%+v: packings %v and %v", s, forward != nil, data != nil)
	}
	if forward == nil {
		return
	}
	e.Pack([]*Packing{forward, data}).Do()
	e.ConvForward(s, y, Numbers{F: x}, Filter{F: f}, nil, false)
	got := poison(len(y))
	e.ConvForward(s, got, Numbers{F: x}, Filter{F: f, Packed: forward.Words}, nil, false)
	same(t, fmt.Sprintf("forward %+v", s), got, y)
	dx, got := poison(len(x)), poison(len(x))
	e.ConvData(s, dx, Numbers{F: y}, Filter{F: f}, false)
	e.ConvData(s, got, Numbers{F: y}, Filter{F: f, Packed: data.Words}, false)
	same(t, fmt.Sprintf("data %+v", s), got, dx)
}
