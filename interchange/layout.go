package interchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// row is one tensor of a file: which weight it is, and in what order.
type row struct {
	name  string // in the file
	param string // of the weight; "" for a tensor that is made, and not one of the weights
	dims  []int  // the weight is seen as these axes, and the file's axis k is its axis axes[k]
	axes  []int
	as    []int  // the file's shape, where it is not that of these axes
	turn  int    // 1 + an axis of the weight that has two elements, which change places; 0 for none
	minus bool   // the elements change their sign
	twice bool   // the file's second axis may be, and is written, twice as long; the rest is of no use
	folds string // of a tensor that is made: the weight to which its product with a constant is added
}

// same is a tensor that is in a file as it is.
func same(name, param string, shape ...int) row {
	axes := make([]int, len(shape))
	for i := range axes {
		axes[i] = i
	}
	return row{name: name, param: param, dims: shape, axes: axes}
}

// linear is the weight [in, out] of a linear layer, [out, in] in a file.
func linear(name, param string, in, out int) row {
	return row{name: name, param: param, dims: []int{in, out}, axes: []int{1, 0}}
}

// conv is the weight [h, w, in, out] of a convolution, [out, in, h, w] in a file.
func conv(name, param string, dims ...int) row {
	return row{name: name, param: param, dims: dims, axes: []int{3, 2, 0, 1}}
}

// extents are the file's axes before any are merged.
func (r row) extents() []int {
	s := make([]int, len(r.axes))
	for i, a := range r.axes {
		s[i] = r.dims[a]
	}
	return s
}

// shape is the tensor's in a file that is written.
func (r row) shape() []int {
	s := r.extents()
	if r.as != nil {
		s = slices.Clone(r.as)
	}
	if r.twice {
		s[0] *= 2
	}
	return s
}

// size is the number of elements of the weight.
func (r row) size() int { return plan.Size(r.dims) }

// each calls f with the place in the file and in the weight of every element that both have.
// wide says that the file's second axis is twice as long.
func (r row) each(wide bool, f func(file, weight int)) {
	extents, strides, base := r.extents(), make([]int, len(r.axes)), 0
	for i, a := range r.axes {
		strides[i] = plan.Size(r.dims[a+1:])
		if r.turn == a+1 {
			base, strides[i] = base+strides[i], -strides[i]
		}
	}
	inner := r.size()
	if wide {
		inner = plan.Size(extents[1:])
	}
	last := len(extents) - 1
	n, step := extents[last], strides[last]
	for run := range r.size() / n { // of the file's last axis
		weight, left := base, run
		for i := last - 1; i >= 0; i-- {
			weight += left % extents[i] * strides[i]
			left /= extents[i]
		}
		file := run * n
		if wide {
			file += file / inner * inner
		}
		for k := range n {
			f(file+k, weight+k*step)
		}
	}
}

// load puts the file's elements where they are in the weight.
func (r row) load(weight, file []float32) {
	r.each(len(file) > len(weight), func(f, w int) {
		weight[w] = file[f]
		if r.minus {
			weight[w] = -weight[w]
		}
	})
}

// store puts the weight's elements where they are in the file, which is all 0.
func (r row) store(file, weight []float32) {
	r.each(len(file) > len(weight), func(f, w int) {
		file[f] = weight[w]
		if r.minus {
			file[f] = -file[f]
		}
	})
}

// layout is what tensors a network with those weights is in a file.
func (n network) layout() []row {
	if d, ok := n.net.(model.DiT); ok {
		return n.transformer(d)
	}
	rows := make([]row, len(n.params.List))
	for i, p := range n.params.List {
		rows[i] = natural(p)
	}
	return rows
}

// natural is a weight under its own name, in PyTorch's order.
func natural(p model.Param) row {
	scope, last := "", p.Name
	if i := strings.LastIndexByte(p.Name, '.'); i >= 0 {
		scope, last = p.Name[:i+1], p.Name[i+1:]
	}
	switch {
	case last == "weight" && len(p.Shape) == 2:
		return linear(p.Name, p.Name, p.Shape[0], p.Shape[1])
	case last == "weight" && len(p.Shape) == 4:
		return conv(p.Name, p.Name, p.Shape...)
	}
	name, ok := map[string]string{"scale": "weight", "shift": "bias", "table": "weight"}[last]
	if !ok {
		name = last
	}
	return same(scope+name, p.Name, p.Shape...)
}

// faults holds the tensors of a file to the rows, all faults at once.
func faults(rows []row, shapes map[string][]int) (lines []string) {
	known := map[string]bool{}
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, r := range rows {
		known[r.name] = true
		got, ok := shapes[r.name]
		want := r.shape()
		narrow := r
		narrow.twice = false
		switch {
		case !ok:
			say("tensor %q: got none, want shape %v", r.name, want)
		case !slices.Equal(got, want) && !slices.Equal(got, narrow.shape()):
			say("tensor %q: got shape %v, want %v", r.name, got, narrow.shape())
		}
	}
	for name := range shapes {
		if !known[name] {
			say("tensor %q: got one, want none: the network has no such weight", name)
		}
	}
	slices.Sort(lines)
	return lines
}
