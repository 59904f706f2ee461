package cmd

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/roofline"
)

// level is a machine of so many FLOP and bytes a second, without caches.
func level(rate float64) *roofline.Ceilings {
	return &roofline.Ceilings{Products: rate, Vector: rate,
		Levels: []roofline.Level{{Name: "memory", Rate: rate}}}
}

// The work of every step is counted once, whatever launches it has: shared by
// time among several, with that of an epilogue which has none of its own.
func TestBenchSum(t *testing.T) {
	leaf := func(name string, shape ...int) *plan.Node {
		return &plan.Node{Op: plan.Op{Kind: plan.Input}, Name: name, Shape: shape}
	}
	product := &plan.Node{Op: plan.Op{Kind: plan.MatMul}, Shape: []int{4, 4},
		In: []*plan.Node{leaf("x", 4, 8), leaf("w", 8, 4)}}
	silu := &plan.Node{Op: plan.Op{Kind: plan.SiLU}, In: []*plan.Node{product}, Shape: []int{4, 4}}
	norm := &plan.Node{Op: plan.Op{Kind: plan.Softmax}, In: []*plan.Node{silu}, Shape: []int{4, 4}}
	p, err := plan.Compile(t.Context(), []plan.Root{{Name: "y", Node: norm}}, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	fused := []plan.Span{{Step: 0, Kernel: "gemm", Duration: 3}, {Step: 0, Kernel: "combine", Duration: 1},
		{Step: 2, Kernel: "softmax", Duration: 1}}
	apart := append([]plan.Span{{Step: 1, Kernel: "chain", Duration: 2}}, fused...)
	for _, spans := range [][]plan.Span{fused, apart} {
		b := &bench{Ceilings: level(1e9)}
		b.sum(p, spans)
		var flops, bytes float64
		for _, k := range b.Kernels {
			flops += k.FLOPs
			bytes += k.Bytes
		}
		if want := p.TotalFLOPs(); math.Abs(flops-want) > 1e-9*want {
			t.Errorf("%d launches: %v FLOP in all, want %v", len(spans), flops, want)
		}
		if want := p.Bytes(0) + p.Bytes(1) + p.Bytes(2); math.Abs(bytes-want) > 1e-9*want {
			t.Errorf("%d launches: %v bytes in all, want %v", len(spans), bytes, want)
		}
		if k := b.Kernels[0]; k.Kernel != "gemm" || k.Launches != 1 || k.Seconds != 3e-3 {
			t.Errorf("the slowest kernel is %+v, want gemm of 3 ms", k)
		}
	}
	b := &bench{Ceilings: level(1e9)}
	b.sum(p, fused)
	if got, want := b.Kernels[0].FLOPs, .75*(p.FLOPs(0)+p.FLOPs(1)); got != want {
		t.Errorf("gemm has %v FLOP, want %v: three quarters of the step's and its epilogue's", got, want)
	}
}

// A step whose data are not here is measured with noise of their shape; one whose shape nobody
// knows is refused for what keeps the data from being read.
func TestBenchWithoutData(t *testing.T) {
	for _, c := range []struct {
		set   []string
		shape string // "" where it is refused
	}{
		{nil, "32×32×4"},
		{[]string{"data=idx:path=/nowhere"}, ""},
	} {
		cfg, err := readConfig("eqm-s2", "", c.set)
		if err != nil {
			t.Fatal(err)
		}
		src, err := benched(cfg)
		if c.shape == "" {
			if err == nil || !strings.Contains(err.Error(), "/nowhere") {
				t.Errorf("%v: got %v, want a refusal that names /nowhere", c.set, err)
			}
		} else if err != nil || src.Info().Shape.String() != c.shape || src.Info().Classes != 1000 {
			t.Errorf("%v: got %v, want noise of shape %s with 1000 classes", c.set, err, c.shape)
		}
	}
}
