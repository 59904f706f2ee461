package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// convCases are shapes on both sides of where the code takes another path: images of one
// pixel, images whose pixels are all at an edge, tiles across the batch, images wide
// enough for tiles along a row; one channel, and panels of 8, 16, 32 and one more.
var convCases = []Conv{
	{1, 1, 1, 1, 1, 3}, {2, 1, 5, 3, 2, 3}, {1, 2, 2, 2, 3, 5}, {3, 3, 2, 1, 33, 7}, {1, 4, 3, 2, 2, 7},
	{4, 7, 7, 5, 17, 3}, {13, 7, 7, 16, 8, 3}, {17, 4, 5, 2, 3, 3}, {5, 6, 6, 3, 4, 5},
	{2, 9, 14, 1, 32, 3}, {2, 9, 14, 32, 1, 3}, {1, 28, 28, 3, 2, 3},
	{6, 3, 8, 8, 4, 5}, {5, 1, 9, 9, 3, 7}, {5, 10, 35, 8, 2, 3}, {5, 6, 33, 2, 8, 3}, // narrow
	{3, 7, 9, 1, 17, 7}, {3, 7, 9, 17, 1, 7}, {1, 3, 2, 1, 1, 5}, // single
	{2, 8, 15, 33, 31, 3}, {2, 11, 13, 4, 3, 5}, {1, 9, 16, 2, 20, 7},
	{3, 5, 8, 6, 9, 1}, {18, 3, 9, 12, 13, 3},
}

// operands is a random image, filter and result of a shape.
func (s Conv) operands(seed uint64) (x, f, y []float32) {
	pixels := s.N * s.H * s.W
	return random(seed, pixels*s.C), random(seed+1, s.Size*s.Size*s.C*s.K), random(seed+2, pixels*s.K)
}

// each calls visit with the indices of each product that makes up the convolution.
func (s Conv) each(visit func(x, f, y int)) {
	p := (s.Size - 1) / 2
	for n := range s.N {
		for h := range s.H {
			for w := range s.W {
				for i := range s.Size {
					for j := range s.Size {
						r, q := h+i-p, w+j-p
						if r < 0 || r >= s.H || q < 0 || q >= s.W {
							continue
						}
						x, f, y := ((n*s.H+r)*s.W+q)*s.C, (i*s.Size+j)*s.C*s.K, ((n*s.H+h)*s.W+w)*s.K
						for c := range s.C {
							for o := range s.K {
								visit(x+c, f+c*s.K+o, y+o)
							}
						}
					}
				}
			}
		}
	}
}

// convOps are the three directions: how to run each, and its definition in terms of each.
var convOps = []struct {
	name   string
	bias   bool
	run    func(e *Engine, s Conv, dst, a, b, bias []float32, accumulate bool)
	pick   func(x, f, y []float32) (dst, a, b []float32) // which operand is the result
	index  func(x, f, y int) (dst, a, b int)             // and of an index of each
	length func(s Conv) int                              // the most terms of a sum
}{
	{
		"forward", true,
		func(e *Engine, s Conv, dst, a, b, bias []float32, acc bool) {
			e.ConvForward(s, dst, Numbers{F: a}, Filter{F: b}, bias, acc)
		},
		func(x, f, y []float32) (dst, a, b []float32) { return y, x, f },
		func(x, f, y int) (dst, a, b int) { return y, x, f },
		func(s Conv) int { return s.Size * s.Size * s.C },
	},
	{
		"data", false,
		func(e *Engine, s Conv, dst, a, b, _ []float32, acc bool) {
			e.ConvData(s, dst, Numbers{F: a}, Filter{F: b}, acc)
		},
		func(x, f, y []float32) (dst, a, b []float32) { return x, y, f },
		func(x, f, y int) (dst, a, b int) { return x, y, f },
		func(s Conv) int { return s.Size * s.Size * s.K },
	},
	{
		"filter", false,
		func(e *Engine, s Conv, dst, a, b, _ []float32, acc bool) {
			e.ConvFilter(s, dst, Numbers{F: a}, Numbers{F: b}, acc)
		},
		func(x, f, y []float32) (dst, a, b []float32) { return f, x, y },
		func(x, f, y int) (dst, a, b int) { return f, x, y },
		func(s Conv) int { return s.N * s.H * s.W },
	},
}

// What a convolution does with its result: it sets it, adds to it, or sets it with a bias.
const (
	set = iota
	add
	biased
)

// TestConv holds every direction to its definition in float64.
func TestConv(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, op := range convOps {
			for _, s := range convCases {
				for mode := set; mode <= biased; mode++ {
					if mode == biased && !op.bias {
						continue
					}
					x, f, y := s.operands(uint64(s.N + s.H + s.C))
					dst, a, b := op.pick(x, f, y)
					var bias []float32
					sum, size := make([]float64, len(dst)), make([]float64, len(dst))
					for i := range dst {
						switch mode {
						case add:
							sum[i] = float64(dst[i])
						case biased:
							if bias == nil {
								bias = random(9, s.K)
							}
							sum[i] = float64(bias[i%s.K])
						}
						size[i] = math.Abs(sum[i])
					}
					s.each(func(x, f, y int) {
						d, p, q := op.index(x, f, y)
						v := float64(a[p]) * float64(b[q])
						sum[d] += v
						size[d] += math.Abs(v)
					})
					if mode != add {
						copy(dst, poison(len(dst)))
					}
					op.run(e, s, dst, a, b, bias, mode == add)
					for i := range dst {
						what := fmt.Sprintf("%s %+v mode %d [%d]", op.name, s, mode, i)
						near(t, what, dst[i], sum[i], size[i], op.length(s))
					}
				}
			}
		}
	})
}

// TestConvSame: the result depends on neither the number of workers nor the level.
func TestConvSame(t *testing.T) {
	for _, op := range convOps {
		for _, s := range convCases {
			x, f, y := s.operands(5)
			dst, a, b := op.pick(x, f, y)
			op.run(newEngine(t, Go, 1), s, dst, a, b, nil, false)
			want := slices.Clone(dst)
			for _, l := range Levels() {
				for _, workers := range []int{1, 2, 5} {
					copy(dst, poison(len(dst)))
					op.run(newEngine(t, l, workers), s, dst, a, b, nil, false)
					same(t, fmt.Sprintf("%s %+v %v, %d workers", op.name, s, l, workers), dst, want)
				}
			}
		}
	}
}

// TestConvBatch: image i of the result is the same in a batch of 1, 7 or 64, in the two
// directions whose result is images.
func TestConvBatch(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, op := range convOps[:2] {
			for _, s := range []Conv{
				{64, 7, 7, 4, 9, 3}, {64, 4, 12, 3, 2, 3}, {64, 3, 10, 1, 5, 5},
				{64, 5, 10, 9, 1, 3}, {64, 2, 8, 3, 8, 3}, {64, 5, 9, 5, 1, 3},
			} {
				x, f, y := s.operands(6)
				dst, a, b := op.pick(x, f, y)
				op.run(e, s, dst, a, b, nil, false)
				part, in := len(dst)/s.N, len(a)/s.N
				for _, n := range []int{1, 7} {
					for first := 0; first+n <= s.N; first += 19 {
						r := s
						r.N = n
						got := poison(n * part)
						op.run(e, r, got, a[first*in:], b, nil, false)
						what := fmt.Sprintf("%s %+v: %d from %d", op.name, s, n, first)
						same(t, what, got, dst[first*part:][:n*part])
					}
				}
			}
		}
	})
}

// TestConvNonFinite: an infinity in the data times a weight of zero makes NaN, and weights
// outside the image take no part.
func TestConvNonFinite(t *testing.T) {
	atEachLevel(t, func(t *testing.T, e *Engine) {
		for _, op := range convOps {
			for _, s := range []Conv{
				{5, 7, 7, 3, 2, 3}, {1, 5, 14, 2, 18, 3}, {2, 4, 9, 1, 1, 5}, {2, 4, 9, 8, 1, 3},
				{2, 4, 9, 1, 9, 3},
			} {
				x, f, y := s.operands(7)
				dst, a, b := op.pick(x, f, y)
				a[len(a)/2], b[0], b[len(b)-1] = float32(math.Inf(1)), 0, float32(math.NaN())
				sum := make([]float64, len(dst))
				s.each(func(x, f, y int) {
					d, p, q := op.index(x, f, y)
					sum[d] += float64(a[p]) * float64(b[q])
				})
				op.run(e, s, dst, a, b, nil, false)
				for i, v := range dst {
					if math.IsNaN(sum[i]) != (v != v) || math.IsInf(sum[i], 0) && float64(v) != sum[i] {
						t.Fatalf("%s %+v [%d]: got %v, want %v", op.name, s, i, v, sum[i])
					}
				}
			}
		}
	})
}

// TestConvAllocs: with the workspace reserved a call allocates nothing.
func TestConvAllocs(t *testing.T) {
	for _, workers := range []int{1, 2} {
		e := newEngine(t, Auto, workers)
		for _, op := range convOps {
			for _, s := range convCases {
				x, f, y := s.operands(5)
				dst, a, b := op.pick(x, f, y)
				e.Reserve(e.ConvWorkspace(s))
				if n := testing.AllocsPerRun(3, func() { op.run(e, s, dst, a, b, nil, false) }); n != 0 {
					t.Errorf("%s %+v, %d workers: %v allocations, want 0", op.name, s, workers, n)
				}
			}
		}
	}
}
