package inference

import (
	"fmt"

	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/plan"
)

var (
	_ = operator(pool, "MaxPool", "AveragePool")
	_ = operator(globalAverage, "GlobalAveragePool")
)

// pooling is the maximum or the mean of each window, which leaves out the padding; a mean may
// count it, as zeros.
type pooling struct {
	window
	mean, padded bool
}

func pool(n *node) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	if err := n.only("auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads",
		"storage_order", "strides"); err != nil {
		return made{}, err
	}
	p := &pooling{mean: n.Op == "AveragePool", padded: n.int("count_include_pad", 0) == 1}
	var err error
	if p.window, err = n.windowOf(n.in[0].shape, n.ints("kernel_shape")); err != nil {
		return made{}, err
	}
	for a := range 2 {
		if p.dilation[a] != 1 || p.before[a] >= p.size[a] || p.after[a] >= p.size[a] {
			return made{}, fmt.Errorf("got a window of %v, dilations %v and pads %v and %v, want no"+
				" dilation, and less padding than the window", p.size, p.dilation, p.before, p.after)
		}
	}
	shape := []int{1, n.in[0].shape[1], p.to[0], p.to[1]}
	return made{shape: shape, run: p.run}, nil
}

// run puts the rows of a window together, then the columns.
func (p *pooling) run(w *worker, out []float32, in [][]float32) {
	put := w.vec.Pointwise(plan.Max)
	if p.mean {
		put = w.vec.Pointwise(plan.Add)
	}
	area, across := p.from[0]*p.from[1], p.from[1]
	row := room(&w.row, across)
	for c := range len(out) / (p.to[0] * p.to[1]) {
		img := in[0][c*area:][:area]
		for y := range p.to[0] {
			first, end, high := p.span(0, y)
			copy(row, img[first*across:])
			for i := first + 1; i < end; i++ {
				put(&row[0], &row[0], &img[i*across], across, 0)
			}
			p.columns(out[(c*p.to[0]+y)*p.to[1]:][:p.to[1]], row, end-first, high)
		}
	}
}

// columns puts the columns of windows together, of whose rows so many are in the image, and high
// with the padding.
func (p *pooling) columns(out, row []float32, rows, high int) {
	for x := range out {
		first, end, wide := p.span(1, x)
		v := row[first]
		for _, u := range row[first+1 : end] {
			if p.mean {
				v += u
			} else {
				v = max(v, u)
			}
		}
		if p.mean && p.padded {
			v /= float32(high * wide)
		} else if p.mean {
			v /= float32(rows * (end - first))
		}
		out[x] = v
	}
}

// globalAverage is the mean of each channel, summed in float64.
func globalAverage(n *node) (made, error) {
	if err := n.operands(1, 1); err != nil {
		return made{}, err
	}
	x := n.in[0].shape
	if len(x) < 3 {
		return made{}, fmt.Errorf("got shape %v, want [1, channels, …]", x)
	}
	shape := append([]int{1, x[1]}, ones(len(x)-2)...)
	return made{shape: shape, run: means(x[1], plan.Size(x[2:]), 1)}, nil
}

// means are those over the middle axis of arrays [outer, middle, inner].
func means(outer, middle, inner int) kernel {
	return func(_ *worker, out []float32, in [][]float32) {
		for o := range outer {
			for i := range inner {
				var sum float64
				for m := range middle {
					sum += float64(in[0][(o*middle+m)*inner+i])
				}
				out[o*inner+i] = float32(sum / float64(middle))
			}
		}
	}
}

// ones are n ones.
func ones(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// blockLen is how many numbers pointwise kernels take at once, to stay in the first cache.
const blockLen = 2048

// zeros are operands of a kernel.
var zeros = kernels.Aligned(blockLen)
