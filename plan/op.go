package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what an operator computes.
type Kind uint8

// The operators. Letters: x, y operands, g the gradient of an output; [a, b]
// shapes; imm the attribute Imm.
const (
	None Kind = iota

	// Leaves: the host or the device supplies them.
	Input
	State

	// Pointwise, one operand.
	Scale   // imm·x
	Shift   // x + imm
	Fill    // imm everywhere, of the attribute Shape; the operand only anchors it
	Exp     // eˣ
	Log     // ln x
	Sqrt    // √x
	Recip   // 1/x
	Sin     // sin x
	Cos     // cos x
	Tanh    // tanh x
	Sigmoid // 1/(1+e⁻ˣ)
	SiLU    // x/(1+e⁻ˣ)

	// Pointwise, two operands of one shape.
	Add  // x + y
	Sub  // x − y
	Mul  // x·y
	Div  // x/y
	Min  // the smaller; NaN if either is
	Max  // the larger; NaN if either is
	Less // 1 where x < y, else 0

	// Random numbers of shape [n, …]. The operand [n, 3] says what each row draws:
	// see DrawRow.
	Uniform // in (0, 1)
	Normal  // standard normal

	// Views: no arithmetic.
	Reshape // to Shape
	Expand  // x[o, i] to y[o, m, i], repeated over m: Outer, Inner, Shape
	Narrow  // columns Off..Off+Width of x seen as [Rows, total], to Shape
	Swap    // x seen as Dims [a, b, c, d] to y[a, c, b, d], of Shape
	Concat  // operands seen as [Rows, wᵢ], side by side to [Rows, Σwᵢ], of Shape

	// Reductions, in an order fixed by the shapes alone.
	Sum // x[o, m, i] to y[o, i], summed over m: Outer, Inner, Shape. Adjoint of Expand
	Dot // Σᵢ x[r, i]·y[r, i] for r < Rows, to Shape

	// Selection.
	Gather // x [n, …], i [m] to x[i[r]] for r < m, n ≤ 2²⁴. Numbers are cut to whole ones in 0..n−1, NaN to 0

	// Contractions.
	MatMul     // op(x)·op(y), [m,k]·[k,n], or [b,m,k]·[b,k,n]; TransA, TransB
	Conv       // x [n,h,w,c] * y [k,k,c,o]: stride 1, k odd, zero padding that keeps h, w
	ConvData   // g [n,h,w,o], y [k,k,c,o] to dx [n,h,w,c]
	ConvFilter // x [n,h,w,c], g [n,h,w,o] to dy [k,k,c,o]; Width is k

	// Normalisation (Wu and He, arXiv 1803.08494; layer normalisation is one group of a
	// row) and attention (Vaswani et al., arXiv 1706.03762).
	Norm          // x [n,…,c] to γ·(x − mean)/√(variance + Imm) + β by groups of channels; γ, β [c]
	NormGrad      // x, γ, g to the bundle dx | dγ | dβ
	Softmax       // over the last axis
	Attention     // qkv [n,t,3c] (q | k | v) to [n,t,c], Groups heads, scores scaled by 1/√(c/heads)
	AttentionGrad // qkv, g to dqkv

	// Collectives: every process of a group runs the same plan.
	AllSum // Σ over the processes of their x [n], the same bits in each: Ranks, Exact

	// Effects: operands marked ← are states and are written.
	Assign // ←x, y: x = y. The result is y
	AdamW  // ←w, ←m, ←v, ←avg…, g, scale, hyper: see HyperLR. The result [1] means nothing
	Clip   // ←record, loss, gg, slot: see ClipFailed. The result is the scale [1] for AdamW

	kinds
)

var kindNames = [kinds]string{
	None: "none", Input: "input", State: "state",
	Scale: "scale", Shift: "shift", Fill: "fill", Exp: "exp", Log: "log", Sqrt: "sqrt", Recip: "recip",
	Sin: "sin", Cos: "cos", Tanh: "tanh", Sigmoid: "sigmoid", SiLU: "silu",
	Add: "add", Sub: "sub", Mul: "mul", Div: "div", Min: "min", Max: "max", Less: "less",
	Uniform: "uniform", Normal: "normal",
	Reshape: "reshape", Expand: "expand", Narrow: "narrow", Swap: "swap", Concat: "concat",
	Sum: "sum", Dot: "dot", Gather: "gather",
	MatMul: "matmul", Conv: "conv", ConvData: "conv_data", ConvFilter: "conv_filter",
	Norm: "norm", NormGrad: "norm_grad", Softmax: "softmax",
	Attention: "attention", AttentionGrad: "attention_grad",
	AllSum: "all_sum", Assign: "assign", AdamW: "adamw", Clip: "clip",
}

func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Kinds returns every operator that a graph may apply, in a fixed order.
func Kinds() []Kind {
	var ks []Kind
	for k := Scale; k < kinds; k++ {
		ks = append(ks, k)
	}
	return ks
}

// Pointwise reports whether the operator can be part of a Chain: element i of the
// result depends on element i of the operands alone, or is drawn for its row.
func (k Kind) Pointwise() bool { return k >= Scale && k <= Normal }

// Random reports whether k draws from the counter.
func (k Kind) Random() bool { return k == Uniform || k == Normal }

// View reports whether k only rearranges its operand.
func (k Kind) View() bool { return k >= Reshape && k <= Swap }

// Writes returns how many of the first operands op writes to.
func (op Op) Writes() int {
	switch op.Kind {
	case Assign, Clip:
		return 1
	case AdamW:
		return 4 + op.Adam.More
	}
	return 0
}

// Op is an operator with its attributes. Attributes a Kind does not use are zero.
type Op struct {
	Kind Kind

	Imm            float64 // Scale, Shift, Fill, Norm (ε)
	Outer, Inner   int     // Expand, Sum
	Rows           int     // Narrow, Concat, Dot
	Off, Width     int     // Narrow; ConvFilter (Width: the filter's side)
	Groups         int     // Norm, of channels; Attention, heads
	TransA, TransB bool    // MatMul
	Dims           [4]int  // Swap
	Shape          []int   // where the operands do not determine the result

	Seed    uint64 // Uniform, Normal
	Purpose uint32 // Uniform, Normal: which of a sample's random numbers, below philox.Purposes

	Ranks int  // AllSum: processes of the group
	Exact bool // AllSum: x₀…, by rank, are added in the tree ((x₀ + x₁) + (x₂ + x₃)) + …

	Adam AdamWConst // AdamW
	Max  float64    // Clip: the largest gradient norm, 0 for no limit
}

// AdamWConst are the constants of AdamW.
type AdamWConst struct {
	Beta1, Beta2, Eps, Decay float64
	DecayLen                 int // weight decay is for the first DecayLen weights
	More                     int // averages beside the first: as many operands after it
}

// The elements of AdamW's operand hyper, which the host writes before each step
// (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2, with averages of the
// weights beside it). At step t, with c1 = 1/(1−β₁ᵗ), c2 = 1/(1−β₂ᵗ), G = scale·g:
//
//	m ← β₁m + (1−β₁)G        v ← β₂v + (1−β₂)G²
//	w ← w − lr·decay·w − lr·(c1·m)/(√(c2·v) + ε)        (decay: the first DecayLen only)
//	avg ← avg + (1−ema)(w − avg)      for each average, with its own element of hyper
//
// If scale is NaN, nothing is written: a step whose gradient is not finite leaves
// the weights as they were.
const (
	HyperLR  = iota // lr, the learning rate
	HyperC1         // c1
	HyperC2         // c2
	HyperEMA        // 1−ema of the first average; those of the others follow
	HyperLen        // with one average
)

// ClipFailed is the element of Clip's record that counts failed steps. Clip finds
// the factor that keeps the norm of the gradient within Max, and writes a record
// [ClipLen(K)] of K slots; gg is ‖g‖², and slot [1] the number k < K of this step's.
//
//	bad = record[ClipFailed] ≠ 0 or loss or gg not finite
//	record[ClipLoss(k)], record[ClipNorm(k)] ← loss, √gg   unless record[ClipFailed] ≠ 0 already
//	record[ClipFailed] ← record[ClipFailed] + 1 if bad
//	scale = NaN if bad, else min(1, Max/√gg), and 1 if Max = 0
//
// So the first failure stops every later update, however late the host looks.
const ClipFailed = 0

// ClipLoss is the element of the record that holds the loss of slot k.
func ClipLoss(k int) int { return 1 + 2*k }

// ClipNorm is the element of the record that holds ‖g‖ of slot k.
func ClipNorm(k int) int { return 2 + 2*k }

// ClipLen is the length of a record of the given number of slots.
func ClipLen(slots int) int { return 1 + 2*slots }

func (op Op) String() string {
	var b strings.Builder
	b.WriteString(op.Kind.String())
	add := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	switch op.Kind {
	case Scale, Shift, Fill:
		add("(%g)", op.Imm)
	case Expand, Sum:
		add("(%d,·,%d)", op.Outer, op.Inner)
	case Narrow:
		add("(%d rows, %d+%d)", op.Rows, op.Off, op.Width)
	case Concat, Dot:
		add("(%d rows)", op.Rows)
	case MatMul:
		add("(%s%s)", trans(op.TransA), trans(op.TransB))
	case Norm, NormGrad:
		add("(%d groups)", op.Groups)
	case Attention, AttentionGrad:
		add("(%d heads)", op.Groups)
	case Swap:
		add("%v", op.Dims)
	case Uniform, Normal:
		add("(purpose %d)", op.Purpose)
	case AllSum:
		add("(%d ranks%s)", op.Ranks, map[bool]string{true: ", exact"}[op.Exact])
	}
	return b.String()
}

func trans(t bool) string {
	if t {
		return "T"
	}
	return "N"
}

// Size is the number of elements of a shape; a scalar is [] or [1].
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func equal(a, b []int) bool { return slices.Equal(a, b) }
