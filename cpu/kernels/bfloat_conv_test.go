package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu/bf16"
)

// bfloatConvCases are convCases, and shapes on both sides of where convolutions in bfloat16 take another
// path: channels of 16, 32 and one more, images of one pixel and of several bands, 1×1.
var bfloatConvCases = append(slices.Clone(convCases), []Conv{
	{1, 1, 1, 16, 16, 3}, {2, 5, 7, 31, 32, 3}, {1, 4, 4, 32, 33, 3}, {2, 7, 7, 64, 48, 3},
	{3, 4, 3, 65, 17, 5},
	{1, 3, 5, 16, 20, 7}, {1, 70, 14, 20, 16, 3}, {2, 3, 11, 130, 16, 3},
	{2, 5, 6, 32, 40, 1}, {1, 3, 3, 17, 16, 1}, {19, 3, 4, 16, 16, 3},
}...)

// TestBFloatConv holds every direction to its definition in float64 over rounded operands.
func TestBFloatConv(t *testing.T) {
	for _, op := range convOps {
		for _, s := range bfloatConvCases {
			x, f, y := s.operands(uint64(s.N + s.H + s.C))
			dst, a, b := op.pick(x, f, y)
			mode := (s.H + s.C) % 3
			var bias []float32
			if mode == biased && op.bias {
				bias = random(9, s.K)
			}
			sum, size := make([]float64, len(dst)), make([]float64, len(dst))
			for i := range dst {
				switch {
				case mode == add:
					sum[i] = float64(dst[i])
				case bias != nil:
					sum[i] = float64(bias[i%s.K])
				}
				size[i] = math.Abs(sum[i])
			}
			ra, rb := rounded(a), rounded(b)
			s.each(func(x, f, y int) {
				d, p, q := op.index(x, f, y)
				v := float64(ra[p]) * float64(rb[q])
				sum[d] += v
				size[d] += math.Abs(v)
			})
			for _, form := range bf16.Forms() {
				got := poison(len(dst))
				if mode == add {
					copy(got, dst)
				}
				op.run(newBFloatEngine(t, form, 1), s, got, a, b, bias, mode == add)
				what := fmt.Sprintf("%v: %s %+v mode %d", form, op.name, s, mode)
				for i := range dst {
					near(t, what, got[i], sum[i], size[i], op.length(s))
				}
			}
		}
	}
}

// TestBFloatConvSame: the result depends on the class of the form alone, not on the number of workers or the
// size of the caches; and an image's not on the others of its batch.
func TestBFloatConvSame(t *testing.T) {
	for _, op := range convOps {
		for _, s := range bfloatConvCases {
			x, f, y := s.operands(5)
			dst, a, b := op.pick(x, f, y)
			first := map[bf16.Class][]float32{}
			for _, form := range bf16.Forms() {
				for workers := 1; workers <= 3; workers++ {
					e := newBFloatEngine(t, form, workers)
					if workers == 3 {
						e.cache.L2 = 8 << 10
					}
					copy(dst, poison(len(dst)))
					op.run(e, s, dst, a, b, nil, false)
					if first[form.Class()] == nil {
						first[form.Class()] = slices.Clone(dst)
					}
					what := fmt.Sprintf("%s %+v %v, %d workers", op.name, s, form, workers)
					same(t, what, dst, first[form.Class()])
					if op.name == "filter" || s.N == 1 {
						continue
					}
					r, part := s, len(dst)/s.N
					r.N = 1
					one := poison(part)
					op.run(e, r, one, a[len(a)/s.N:][:len(a)/s.N], b, nil, false)
					same(t, what+", the second image", one, dst[part:][:part])
				}
			}
		}
	}
}

// TestBFloatConvAllocs: with the workspace reserved a call allocates nothing.
func TestBFloatConvAllocs(t *testing.T) {
	for _, workers := range []int{1, 2} {
		e := newBFloatEngine(t, bf16.Auto, workers)
		for _, op := range convOps {
			for _, s := range bfloatConvCases {
				x, f, y := s.operands(5)
				dst, a, b := op.pick(x, f, y)
				e.Reserve(e.ConvWorkspace(s))
				if n := testing.AllocsPerRun(2, func() { op.run(e, s, dst, a, b, nil, false) }); n != 0 {
					t.Errorf("%s %+v, %d workers: %v allocations, want 0", op.name, s, workers, n)
				}
			}
		}
	}
}
