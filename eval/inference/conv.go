package inference

import (
	"fmt"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

// windowFloats is how many numbers the windows of a convolution have at once, unless one row of
// the output needs more: 1 MiB, which stays in a core's second cache.
const windowFloats = 1 << 18

var _ = operator(conv, "Conv")

// convolution of an image [1, c, h, w] with filters [o, c/groups, rows, columns]:
//
//	y[o, p] = bias[o] + Σ_k filter[o, k]·x[p, k],   k = (channel, row, column),
//
// where x[p, k] is pixel k of the window of output p, 0 in the padding.
type convolution struct {
	window
	c, o, groups int
	filter, bias []float32 // bias may be nil
}

func conv(n *node) (made, error) {
	if err := n.operands(2, 3); err != nil {
		return made{}, err
	}
	if err := n.only("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"); err != nil {
		return made{}, err
	}
	x, f := n.in[0].shape, n.in[1]
	if len(x) != 4 || len(f.shape) != 4 || f.floats == nil {
		return made{}, fmt.Errorf("got an image of shape %v and filters of %v, want 4 axes each, and filters"+
			" that are constant", x, f.shape)
	}
	c := &convolution{c: x[1], o: f.shape[0], groups: n.int("group", 1), filter: f.floats}
	if c.groups < 1 || c.groups*f.shape[1] != c.c || c.o%c.groups != 0 || c.o < 1 {
		return made{}, fmt.Errorf("got %d channels, filters of %v and %d groups, want those to go together",
			c.c, f.shape, c.groups)
	}
	if n.has(2) {
		c.bias = n.in[2].floats
		if len(c.bias) != c.o {
			return made{}, fmt.Errorf("got a bias of %v, want a constant of %d", n.in[2].shape, c.o)
		}
	}
	var err error
	if c.window, err = n.windowOf(x, n.ints("kernel_shape", f.shape[2], f.shape[3])); err != nil {
		return made{}, err
	}
	if c.size != [2]int{f.shape[2], f.shape[3]} {
		return made{}, fmt.Errorf("got filters of %v and a window of %v, want one", f.shape, c.size)
	}
	return made{shape: []int{1, c.o, c.to[0], c.to[1]}, run: c.run}, nil
}

// run does the output some rows at a time.
func (c *convolution) run(w *worker, out []float32, in [][]float32) {
	pixels, area := c.to[0]*c.to[1], c.from[0]*c.from[1]
	for o := range c.o {
		row := out[o*pixels:][:pixels]
		clear(row)
		if c.bias != nil {
			for i := range row {
				row[i] = c.bias[o]
			}
		}
	}
	channels, filters := c.c/c.groups, c.o/c.groups
	k := channels * c.size[0] * c.size[1]
	for g := range c.groups {
		x, y := in[0][g*channels*area:][:channels*area], out[g*filters*pixels:][:filters*pixels]
		f := c.filter[g*filters*k:][:filters*k]
		if c.pointwise() {
			product(w, f, x, y, filters, pixels, k, pixels, pixels)
			continue
		}
		rows := max(1, min(c.to[0], windowFloats/(k*c.to[1])))
		for first := 0; first < c.to[0]; first += rows {
			end := min(c.to[0], first+rows)
			n := (end - first) * c.to[1]
			c.unroll(room(&w.window, k*n), x, channels, first, end)
			product(w, f, w.window, y[first*c.to[1]:], filters, n, k, n, pixels)
		}
	}
}

// pointwise reports whether a window is one pixel and every pixel has one.
func (c *convolution) pointwise() bool {
	return c.size == [2]int{1, 1} && c.stride == [2]int{1, 1} && c.before == [2]int{} &&
		c.after == [2]int{}
}

// product adds f [m, k] times x [k, n] to y, whose rows are so far apart.
func product(w *worker, f, x, y []float32, m, n, k, rowX, rowY int) {
	w.engine.Gemm(&kernels.Gemm{M: m, N: n, K: k, A: f, RowA: k, ColA: 1, B: x, RowB: rowX, ColB: 1,
		C: y, RowC: rowY, Accumulate: true})
}

// unroll sets dst [k, n] to the windows of the n outputs in rows first … end−1.
func (c *convolution) unroll(dst, x []float32, channels, first, end int) {
	across := c.to[1]
	for l := range channels {
		img := x[l*c.from[0]*c.from[1]:]
		for i := range c.size[0] {
			in, out := c.inside(0, i)
			for j := range c.size[1] {
				from, to := c.inside(1, j)
				for y := first; y < end; y++ {
					row := dst[:across]
					dst = dst[across:]
					if y < in || y >= out || from >= to {
						clear(row)
						continue
					}
					clear(row[:from])
					clear(row[to:])
					src := img[(y*c.stride[0]+i*c.dilation[0]-c.before[0])*c.from[1]:][:c.from[1]]
					at := from*c.stride[1] + j*c.dilation[1] - c.before[1]
					if c.stride[1] == 1 {
						copy(row[from:to], src[at:])
						continue
					}
					for o := from; o < to; o++ {
						row[o] = src[at]
						at += c.stride[1]
					}
				}
			}
		}
	}
}

var _ = operator(batchNorm, "BatchNormalization")

// batchNorm is x·scale + shift by channels, where it has not been folded into a convolution.
func batchNorm(n *node) (made, error) {
	if err := n.operands(5, 5); err != nil {
		return made{}, err
	}
	if err := n.only("epsilon", "momentum", "spatial", "training_mode"); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	if len(x) < 2 || n.int("training_mode", 0) != 0 {
		return made{}, fmt.Errorf("got shape %v and training_mode %d, want [1, channels, …] and 0", x,
			n.int("training_mode", 0))
	}
	scale, shift, ok := normalisation(x[1], n.float("epsilon", 1e-5), n.in[1].floats, n.in[2].floats,
		n.in[3].floats, n.in[4].floats)
	if !ok {
		return made{}, fmt.Errorf("got statistics of %v, want constants of %d channels", n.in[1].shape, x[1])
	}
	area := plan.Size(x[2:])
	return made{shape: x, inPlace: true, run: func(w *worker, out []float32, in [][]float32) {
		for c := range scale {
			for i, v := range in[0][c*area : (c+1)*area] {
				out[c*area+i] = v*scale[c] + shift[c]
			}
		}
	}}, nil
}
