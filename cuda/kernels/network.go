package kernels

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// NormShape is x [N,S,C] with Groups groups of channels.
type NormShape struct {
	N, S, C, Groups int
	Eps             float64
}

// blockChannels is how many channels a block works on, always whole groups: at least 32,
// which are a line of 128 bytes, where so many fit into a block of 256 threads, else the
// channels of one group.
func (s NormShape) blockChannels() int {
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
	W, cg := s.blockChannels(), s.C/s.Groups
	block := blockThreads(s.S*W, 256)
	l.launch("norm_"+l.stored(), [3]int{s.N, s.C / W, 1}, block, 4*(block+2*(W/cg)), y, x, gamma, beta,
		s.S, s.C, cg, W, s.Eps)
}

// NormGrad adds dx, and dγ | dβ to params. A block has one sample where a sample
// is long, else enough of them that the partial sums of dγ and dβ are few.
func (l *List) NormGrad(dx, params, x, gamma, g driver.Ptr, s NormShape) {
	W, cg, each := s.blockChannels(), s.C/s.Groups, 1
	if s.S < 16 {
		each = ceil(s.N, 512)
	}
	parts, block := ceil(s.N, each), blockThreads(s.S*W, 256)
	part := l.scratch(parts * 2 * s.C)
	l.launch("norm_grad_"+l.stored(), [3]int{parts, s.C / W, 1}, block, 4*(2*block+4*(W/cg)+2*W),
		dx, part, x, gamma, g, s.N, s.S, s.C, cg, W, each, s.Eps)
	l.launch("sum_cols_f32", [3]int{ceil(2*s.C, 32), 1, 1}, 256, 0, params, part, parts, 2*s.C, parts, 0)
}

// Softmax adds y = softmax of each row of width numbers.
func (l *List) Softmax(y, x driver.Ptr, rows, width int) {
	l.launch("softmax_f32", [3]int{rows, 1, 1}, blockThreads(width, 256), 0, y, x, rows, width)
}

// AttentionShape is qkv [N,T,3·Heads·Dim].
type AttentionShape struct{ N, T, Heads, Dim int }

// attentionTile is an instance of attention_f32.cuh or attention_tensor.cuh: heads of up
// to D, rows of a forward and of a backward tile, and the shared memory of each.
type attentionTile struct {
	precision   string
	D           int
	rows, gRows int
	forward     int // bytes, as for the next two
	dq, dkv     int
}

// attentionTiles lists the instances, smallest heads first.
func attentionTiles(precision string) (ts []attentionTile) {
	if precision != "f32" {
		for _, D := range []int{32, 64, 128} {
			row, columns, gColumns := 2*(D+8), 64, 32 // of 64 rows
			if precision == "tf32" {
				row = 4 * (D + 4)
			}
			if D > 64 {
				columns, gColumns = 32, 16
			}
			backward := (2*64 + 2*gColumns) * row
			ts = append(ts, attentionTile{precision, D, 64, 64, (64 + 2*columns) * row, backward, backward})
		}
		return ts
	}
	for _, t := range []struct{ D, BR, BC, GR, GC int }{
		{32, 64, 32, 32, 32}, {64, 64, 32, 32, 32}, {128, 64, 32, 32, 16}, {256, 32, 32, 16, 16},
	} {
		row, scores := 4*(t.D+4), 4*t.GR*(t.GC+4)
		dq := 2*(t.GR+t.GC)*row + scores
		ts = append(ts, attentionTile{precision, t.D, t.BR, t.GR, (t.BR+t.BC)*row + 4*t.BR*(t.BC+4), dq,
			dq + scores})
	}
	return ts
}

// attentionKernels are the kernels of every instance: forward, its statistics again, and the gradients of
// queries and of keys and values.
func attentionKernels() (ks []Kernel) {
	modules := map[string]string{"f32": "attention", "bf16": "attention_tensor",
		"tf32": "attention_tf32_tensor"}
	for _, precision := range []string{"f32", "bf16", "tf32"} {
		for _, t := range attentionTiles(precision) {
			module := modules[precision]
			if t.D > 128 {
				module = "attention_wide"
			}
			name := func(part string) string { return fmt.Sprintf("attention%s_%s_%d", part, precision, t.D) }
			rest := "iiif"
			if precision != "f32" {
				rest = "iiiif" // with half
			}
			ks = append(ks,
				Kernel{name(""), module, "pp" + rest, 128, t.forward},
				Kernel{name("_stats"), module, "pppp" + rest, 128, t.forward},
				Kernel{name("_dq"), module, "ppppp" + rest, 128, t.dq},
				Kernel{name("_dkv"), module, "ppppp" + rest, 128, t.dkv})
		}
	}
	return ks
}

// Attention adds y [N,T,Heads·Dim]. In bfloat16 and TF32 heads of up to 128 run
// on tensor cores; larger ones are float32, and take 71168 bytes of shared memory,
// more than a device of 7.5 has.
func (l *List) Attention(y, qkv driver.Ptr, s AttentionShape) {
	if t, ok := l.attentionTile(s); ok {
		l.attention("attention", t, s, t.rows, y, qkv)
	}
}

// AttentionGrad adds dqkv, from g of y's shape. The workspace holds L and δ,
// [N,Heads,T] each.
func (l *List) AttentionGrad(dqkv, qkv, g driver.Ptr, s AttentionShape) {
	t, ok := l.attentionTile(s)
	if !ok {
		return
	}
	n := s.N * s.Heads * s.T
	L := l.scratch(2 * n)
	delta := L + driver.Ptr(4*n)
	l.attention("attention_stats", t, s, t.rows, L, delta, qkv, g)
	l.attention("attention_dq", t, s, t.gRows, dqkv, qkv, g, L, delta)
	l.attention("attention_dkv", t, s, t.gRows, dqkv, qkv, g, L, delta)
}

// attentionTile picks the instance for heads of s.Dim.
func (l *List) attentionTile(s AttentionShape) (attentionTile, bool) {
	tiles := attentionTiles("f32")
	if l.Precision != plan.Float32 {
		tiles = append(attentionTiles(suffix(l.Precision)), tiles...)
	}
	for _, t := range tiles {
		if s.Dim <= t.D {
			return t, true
		}
	}
	l.fail("attention: heads of %d, want at most %d", s.Dim, tiles[len(tiles)-1].D)
	return attentionTile{}, false
}

// attention adds a launch of one of them.
func (l *List) attention(name string, t attentionTile, s AttentionShape, rows int, ptrs ...any) {
	k := find(fmt.Sprintf("%s_%s_%d", name, t.precision, t.D))
	args := append(ptrs, s.T, s.Heads, s.Dim)
	if t.precision != "f32" {
		args = append(args, l.Half.bits())
	} else if l.Half != (Half{}) {
		l.fail("attention: heads of %d in bfloat16 in memory, want at most 128", s.Dim)
	}
	l.launch(k.Name, [3]int{s.N * s.Heads * ceil(s.T, rows), 1, 1}, k.Block, k.Shared,
		append(args, 1/math.Sqrt(float64(s.Dim)))...)
}
