package kernels

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
)

// NormShape is x [N,S,C] with Groups groups of channels.
type NormShape struct {
	N, S, C, Groups int
	Eps             float64
}

// span returns the channels of a block, whole groups: at least 32 where that is
// possible within a block of 256 (a 128-byte line), and one group else.
func (s NormShape) span() int {
	cg, best := s.C/s.Groups, 1
	for n := 1; n <= s.Groups && best*cg < 32; n++ {
		if s.Groups%n == 0 && n*cg <= 256 {
			best = n
		}
	}
	return best * cg
}

// Norm adds y = γ·x̂ + β.
func (l *List) Norm(y, x, gamma, beta driver.Ptr, s NormShape) {
	W, cg := s.span(), s.C/s.Groups
	block := few(s.S*W, 256)
	l.launch("norm_f32", [3]int{s.N, s.C / W, 1}, block, 4*(block+2*(W/cg)), y, x, gamma, beta, s.S, s.C, cg, W, s.Eps)
}

// NormGrad adds the bundle dx | dγ | dβ. A block has one sample where a sample
// is long, else enough of them that the partial sums of dγ and dβ are few.
func (l *List) NormGrad(out, x, gamma, g driver.Ptr, s NormShape) {
	W, cg, each := s.span(), s.C/s.Groups, 1
	if s.S < 16 {
		each = ceil(s.N, 512)
	}
	parts, block := ceil(s.N, each), few(s.S*W, 256)
	part := l.scratch(parts * 2 * s.C)
	l.launch("norm_grad_f32", [3]int{parts, s.C / W, 1}, block, 4*(2*block+4*(W/cg)+2*W),
		out, part, x, gamma, g, s.N, s.S, s.C, cg, W, each, s.Eps)
	params := out + driver.Ptr(4*s.N*s.S*s.C)
	l.launch("sum_cols_f32", [3]int{ceil(2*s.C, 32), 1, 1}, 256, 0, params, part, parts, 2*s.C, parts)
}

// Softmax adds y = softmax of each row of width numbers.
func (l *List) Softmax(y, x driver.Ptr, rows, width int) {
	l.launch("softmax_f32", [3]int{rows, 1, 1}, few(width, 256), 0, y, x, rows, width)
}

// AttentionShape is qkv [N,T,3·Heads·Dim].
type AttentionShape struct{ N, T, Heads, Dim int }

// attentionTiles are the instances of attention.cu: head dimensions up to D,
// rows and columns of a forward and of a backward tile.
var attentionTiles = []struct{ D, BR, BC, GR, GC int }{
	{32, 64, 32, 32, 32}, {64, 64, 32, 32, 32}, {128, 64, 32, 32, 16}, {256, 32, 32, 16, 16},
}

func attentionKernels() (ks []Kernel) {
	for _, t := range attentionTiles {
		ld := t.D + 4
		forward := 4 * (t.BR*ld + t.BC*ld + t.BR*(t.BC+4))
		dq := 4 * (2*t.GR*ld + 2*t.GC*ld + t.GR*(t.GC+4))
		ks = append(ks,
			Kernel{fmt.Sprintf("attention_f32_%d", t.D), "attention", "ppiiif", 128, forward},
			Kernel{fmt.Sprintf("attention_stats_f32_%d", t.D), "attention", "ppppiiif", 128, forward},
			Kernel{fmt.Sprintf("attention_dq_f32_%d", t.D), "attention", "pppppiiif", 128, dq},
			Kernel{fmt.Sprintf("attention_dkv_f32_%d", t.D), "attention", "pppppiiif", 128, dq + 4*t.GR*(t.GC+4)})
	}
	return ks
}

// Attention adds y [N,T,Heads·Dim].
func (l *List) Attention(y, qkv driver.Ptr, s AttentionShape) {
	l.attention("attention_f32", s, true, y, qkv)
}

// AttentionGrad adds dqkv, from g of y's shape. The workspace holds L and δ,
// [N,Heads,T] each.
func (l *List) AttentionGrad(dqkv, qkv, g driver.Ptr, s AttentionShape) {
	n := s.N * s.Heads * s.T
	L := l.scratch(2 * n)
	delta := L + driver.Ptr(4*n)
	l.attention("attention_stats_f32", s, true, L, delta, qkv, g)
	l.attention("attention_dq_f32", s, false, dqkv, qkv, g, L, delta)
	l.attention("attention_dkv_f32", s, false, dqkv, qkv, g, L, delta)
}

func (l *List) attention(name string, s AttentionShape, forward bool, ptrs ...any) {
	for _, t := range attentionTiles {
		if s.Dim > t.D {
			continue
		}
		k, rows := find(fmt.Sprintf("%s_%d", name, t.D)), t.GR
		if forward {
			rows = t.BR
		}
		l.launch(k.Name, [3]int{s.N * s.Heads * ceil(s.T, rows), 1, 1}, k.Block, k.Shared,
			append(ptrs, s.T, s.Heads, s.Dim, 1/math.Sqrt(float64(s.Dim)))...)
		return
	}
	l.fail("attention: heads of %d, want at most %d", s.Dim, attentionTiles[len(attentionTiles)-1].D)
}
