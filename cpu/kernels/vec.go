package kernels

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

// A Block computes dst[i] = f(a[i], b[i]; imm) for i < n, where f is one pointwise
// operator and imm the number in it. It is fastest on operands that lie in the
// first-level cache. dst may be a or b. Operands that f does not take are not read and
// may be nil.
type Block func(dst, a, b *float32, n int, imm float32)

// lanes is how many accumulators a reduction runs at once: element i goes to
// lane i mod 64, at every level.
const lanes = 64

// sumUnit is the most elements that are summed in the lanes, in float32, before these
// are added up in float64. So a float32 sum has at most sumUnit/lanes = 64 terms.
const sumUnit = 4096

// Lanes is the accumulators of a reduction: sums or maxima.
type Lanes = [lanes]float32

// A Vec is every kernel of a level that is no product or convolution. Its unexported
// methods, and Sum, Dot and Max, run on the calling goroutine; methods that take a Pool
// return a Job, which splits its work into items.
//
// Exp is within 1 ulp; log, sin, cos, tanh and sigmoid are within 2; silu within 3, and
// within |x|·2⁻¹⁴⁹ where eˣ is subnormal; the other pointwise functions are the IEEE
// operations. NaN gives NaN in all but less. Sin and cos of |x| > 16384 are computed
// one element at a time in float64.
type Vec struct {
	Level  Level
	blocks *[plan.Less + 1]Block
}

// NewVec returns the kernels of a level, which must be Auto or one that Levels lists.
func NewVec(l Level) *Vec {
	if l == Auto {
		ls := Levels()
		l = ls[len(ls)-1]
	}
	return &Vec{Level: l, blocks: blocksOf(l)}
}

// Pointwise returns the kernel of a pointwise operator that draws no random numbers. It
// panics on any other kind.
func (v *Vec) Pointwise(k plan.Kind) Block {
	if int(k) >= len(v.blocks) || v.blocks[k] == nil {
		panic("kernels: not a pointwise kind")
	}
	return v.blocks[k]
}

// Sum is Σ x: each sumUnit elements in 64 lanes of float32, and their sums in float64.
func (v *Vec) Sum(x []float32) float64 {
	s := 0.0
	for len(x) > 0 {
		var acc Lanes
		n := min(len(x), sumUnit)
		v.laneSum(&acc, &x[0], n)
		s += v.laneFold(&acc)
		x = x[n:]
	}
	return s
}

// Dot is Σ x·y, summed as Sum does. y has at least the length of x.
func (v *Vec) Dot(x, y []float32) float64 {
	s := 0.0
	for len(x) > 0 {
		var acc Lanes
		n := min(len(x), sumUnit)
		v.laneDot(&acc, &x[0], &y[0], n)
		s += v.laneFold(&acc)
		x, y = x[n:], y[n:]
	}
	return s
}

// Max is the greatest number of x, which is not empty; NaN is passed over, and −Inf is
// the result if there is nothing else.
func (v *Vec) Max(x []float32) float32 {
	acc := minusInfinities
	v.laneMax(&acc, &x[0], len(x))
	return v.laneTop(&acc)
}

// minusInfinities is what the lanes of a maximum start from.
var minusInfinities = func() (acc Lanes) {
	for i := range acc {
		acc[i] = float32(math.Inf(-1))
	}
	return acc
}()

// sumBlock is the most elements of a row that an item sums. The sums of the blocks of a
// row are added in order, so the result does not depend on who computed which.
const sumBlock = 4 * sumUnit
