package kernels

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

// A Block computes dst[i] = f(a[i], b[i]; imm) for i < n, on a block that is in
// the first-level cache. dst may be a or b. Operands that f does not take are
// not read and may be nil.
type Block func(dst, a, b *float32, n int, imm float32)

// lanes is how many accumulators a reduction runs at once: element i goes to
// lane i mod 64, at every level.
const lanes = 64

// sumUnit is the number of elements that a lane sum runs over before it is
// folded in float64, so no float32 sum has more than sumUnit/lanes terms.
const sumUnit = 4096

// Lanes are the partial sums of a reduction.
type Lanes = [lanes]float32

// A Vec is the vector primitives at one level. They work on memory that one
// core owns for the moment; how work is cut among cores is the caller's affair.
//
// Of the functions, exp is within 1 ulp; log, sin, cos, tanh and sigmoid within
// 2; silu within 3, and within |x|·2⁻¹⁴⁹ where eˣ is subnormal; the rest are the
// IEEE operations. NaN propagates through all but less. Sin and cos of |x| >
// 16384 take a slow path, as exact as the other.
type Vec struct {
	Level  Level
	blocks *[plan.Less + 1]Block
}

// NewVec returns the primitives of a level that Levels lists; Auto is the last.
func NewVec(l Level) *Vec {
	if l == Auto {
		ls := Levels()
		l = ls[len(ls)-1]
	}
	return &Vec{Level: l, blocks: blocksOf(l)}
}

// Pointwise returns the primitive of a pointwise kind that draws nothing.
func (v *Vec) Pointwise(k plan.Kind) Block {
	if int(k) >= len(v.blocks) || v.blocks[k] == nil {
		panic("kernels: not a pointwise kind")
	}
	return v.blocks[k]
}

// Sum is Σ x, each unit of 4096 in 64 lanes of float32 and the rest in float64.
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

// Dot is Σ x·y, as Sum. The operands have one length.
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

// Max is the greatest of x that is not NaN, −Inf if there is none.
func (v *Vec) Max(x []float32) float32 {
	acc := minusInfinities
	v.laneMax(&acc, &x[0], len(x))
	return v.laneTop(&acc)
}

// minusInfinities is where a maximum starts.
var minusInfinities = func() (acc Lanes) {
	for i := range acc {
		acc[i] = float32(math.Inf(-1))
	}
	return acc
}()

// sumBlock is how much of a long row is one item's; its parts are added in order,
// so the sum is the same however the items are shared out.
const sumBlock = 4 * sumUnit
