package kernels

import (
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// wantTiles is how many blocks of work a large device wants at a time. It is a constant,
// so that sums are cut at the same places on every device.
const wantTiles = 256

// slices says how a sum of n terms is cut that blocks of work share: into slices of step
// terms, whole units and no less than least of them, until there are wantTiles pieces of
// work. Where rows are to be independent nothing is cut, since how many blocks there are
// depends on the rows.
func (l *List) slices(blocks, n, least, unit int) (slices, step int) {
	if l.RowsIndependent {
		return 1, roundUp(n, unit)
	}
	slices = max(1, min(ceil(wantTiles, blocks), n/least))
	step = roundUp(ceil(n, slices), unit)
	return ceil(n, step), step
}

// Sum adds y[o, i] = Σₘ x[o, m, i]. x may be bfloat16 in memory where inner is not 1.
func (l *List) Sum(y, x driver.Ptr, outer, mid, inner int) {
	half := flag(l.Half.A)
	if inner == 1 {
		if l.Half.A {
			l.fail("sum: rows of bfloat16 in memory, want columns")
		}
		l.rows("sum_rows_f32", y, outer, mid, x)
		return
	}
	blocks := outer * ceil(inner, 32)
	n, step := l.slices(blocks, mid, 128, 8)
	if n == 1 {
		l.launch("sum_cols_f32", [3]int{blocks, 1, 1}, 256, 0, y, x, mid, inner, step, half)
		return
	}
	part := l.scratch(outer * n * inner)
	l.launch("sum_cols_f32", [3]int{blocks, n, 1}, 256, 0, part, x, mid, inner, step, half)
	l.launch("sum_cols_f32", [3]int{blocks, 1, 1}, 256, 0, y, part, n, inner, n, 0)
}

// Dot adds y[r] = Σᵢ a[r, i]·b[r, i].
func (l *List) Dot(y, a, b driver.Ptr, rows, width int) { l.rows("dot_rows_f32", y, rows, width, a, b) }

// rows adds sums over rows, of slices first where rows are few and long, and then of the
// slices' sums.
func (l *List) rows(name string, y driver.Ptr, rows, width int, operands ...any) {
	n, step := l.slices(rows, width, 2048, 256)
	to := y
	if n > 1 {
		to = l.scratch(rows * n)
	}
	args := append(append([]any{to}, operands...), width, step)
	l.launch(name, [3]int{rows, n, 1}, blockThreads(width, 256), 0, args...)
	if n > 1 {
		l.launch("sum_rows_f32", [3]int{rows, 1, 1}, blockThreads(n, 256), 0, y, to, n, n)
	}
}

// FiniteBlocks is how many words Finite leaves for n elements.
func FiniteBlocks(n int) int { return min(ceil(n, 256), 256) }

// Finite adds the search for numbers that are not finite among n in rows of
// width, pitch apart, which may be bfloat16 in memory: of the FiniteBlocks(n) words at first the least is the
// index of the first bad one, or 2³² − 1.
func (l *List) Finite(first, x driver.Ptr, n, width, pitch int) {
	l.launch("finite_f32", [3]int{FiniteBlocks(n), 1, 1}, 256, 0, first, x, n, width, pitch, flag(l.Half.A))
}

// AdamW adds one step of plan.AdamW for n weights with the averages avg, at least one;
// where w has a copy, it follows.
func (l *List) AdamW(w, m, v driver.Ptr, avg []driver.Ptr, g, scale, hyper driver.Ptr, n int,
	c plan.AdamWConst) {
	grid := [3]int{l.turns(n, 256, 4096), 1, 1}
	l.launch("adamw_f32", grid, 256, 0, w, m, v, avg[0], l.copyOf(w), g, scale,
		hyper, n, c.DecayLen,
		c.Beta1, 1-c.Beta1, c.Beta2, 1-c.Beta2, c.Eps, c.Decay)
	for k, more := range avg[1:] {
		l.launch("average_f32", grid, 256, 0, more, w, scale, hyper, n, plan.HyperEMA+1+k)
	}
}

// Round adds the rounding of r.N floats at r.Of to bfloat16 at r.At.
func (l *List) Round(r BF16Copy) {
	l.launch("round_bf16", [3]int{l.turns(r.N, 256, 4096), 1, 1}, 256, 0, r.At, r.Of, r.N)
}

// Clip adds plan.Clip: log holds slots pairs.
func (l *List) Clip(scale, log, loss, gg, control driver.Ptr, slots int, limit float64) {
	if math.IsNaN(limit) {
		l.fail("clip: the largest norm is NaN")
	}
	l.launch("clip_f32", [3]int{1, 1, 1}, 32, 0, scale, log, loss, gg, control, slots, limit)
}

// Gather adds y[r] = x[index[r]] for r < rows, of x's n rows of width floats; y may be
// bfloat16 in memory.
func (l *List) Gather(y, x, index driver.Ptr, n, rows, width int) {
	l.launch("gather_rows_f32", [3]int{rows, l.turns(width, 256, 64), 1}, 256, 0, y, x, index, n, width,
		flag(l.Half.C))
}
