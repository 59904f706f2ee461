package translate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/onnx"
)

// node writes an operator of one result, and is the name of that: the part of the network it
// is in, the operator, and a number.
func (w *writer) node(op string, in []string, attrs ...onnx.Attr) string {
	name := op
	if w.scope != "" {
		name = w.scope + "/" + op
	}
	w.counts[name]++
	out := fmt.Sprintf("%s_%d", name, w.counts[name])
	w.nodes = append(w.nodes, onnx.Node{Op: op, In: in, Out: []string{out}, Attrs: attrs})
	return out
}

// ints are whole numbers as a tensor of the model.
func (w *writer) ints(ns ...int64) string {
	name := "whole" + strings.ReplaceAll(strings.Trim(fmt.Sprint(ns), "[]"), " ", "_")
	if !w.known[name] {
		w.known[name] = true
		w.tensors = append(w.tensors, onnx.Tensor{Name: name, Shape: []int{len(ns)}, Ints: slices.Clone(ns)})
	}
	return name
}

// number is x as an array of so many axes, of one element each.
func (w *writer) number(x float64, rank int) string {
	f := float32(x)
	name := fmt.Sprintf("number%v_rank%d", f, rank)
	if !w.known[name] {
		w.known[name] = true
		w.tensors = append(w.tensors, onnx.Tensor{Name: name, Shape: slices.Repeat([]int{1}, rank),
			Floats: []float32{f}})
	}
	return name
}

// reshaped is the array of that name under another shape.
func (w *writer) reshaped(name string, dims ...dim) string {
	ns, ok := numbers(dims)
	if !ok {
		w.fail("shape %v depends on the number of points in two places", dims)
	}
	return w.node("Reshape", []string{name, w.ints(ns...)})
}

// shaped is an array of the shape is under the shape dims.
func (w *writer) shaped(name string, is, dims []dim) string {
	if equal(is, dims) {
		return name
	}
	return w.reshaped(name, dims...)
}

// full is v with every element there.
func (w *writer) full(v value) value {
	if !slices.Contains(v.small, true) {
		return v
	}
	var parts []string
	dynamic := false
	for i, d := range v.dims {
		switch {
		case !v.small[i]:
			parts = append(parts, w.ints(1))
		case d.k == 0:
			parts = append(parts, w.ints(int64(d.c)))
		default:
			parts, dynamic = append(parts, w.times(d)), true
		}
	}
	var shape string
	if dynamic {
		shape = parts[0]
		if len(parts) > 1 {
			shape = w.node("Concat", parts, onnx.Attr{Name: "axis", Int: 0})
		}
	} else {
		ns := make([]int64, len(v.dims))
		for i, d := range v.dims {
			ns[i] = 1
			if v.small[i] {
				ns[i] = int64(d.c)
			}
		}
		shape = w.ints(ns...)
	}
	return value{w.node("Expand", []string{v.name, shape}), v.dims, make([]bool, len(v.dims))}
}

// times is the extent d, which depends on the number of points: that is the first extent of
// the first input.
func (w *writer) times(d dim) string {
	points := w.inputs[0].Dims
	if d.c != 0 || len(points) == 0 || points[0].Name != batch {
		w.fail("an extent of %v has to be computed", d)
	}
	if w.sizes[d.k] == "" {
		before := w.scope
		w.scope = ""
		if w.sizes[1] == "" {
			w.sizes[1] = w.node("Shape", []string{w.inputs[0].Name},
				onnx.Attr{Name: "start", Int: 0}, onnx.Attr{Name: "end", Int: 1})
		}
		if d.k != 1 {
			w.sizes[d.k] = w.node("Mul", []string{w.sizes[1], w.ints(int64(d.k))})
		}
		w.scope = before
	}
	return w.sizes[d.k]
}

// under is x, all of it, under another shape.
func (w *writer) under(x value, dims ...dim) string {
	return w.shaped(w.full(x).name, x.dims, dims)
}

// single reports whether one element stands for all of x.
func (v value) single() bool {
	for i, d := range v.dims {
		if !v.small[i] && !d.one() {
			return false
		}
	}
	return true
}

func fixed(n int) dim { return dim{0, n} }

// integer and list are attributes.
func integer(name string, n int) onnx.Attr { return onnx.Attr{Name: name, Int: int64(n)} }

func list(name string, ns ...int64) onnx.Attr { return onnx.Attr{Name: name, Ints: ns} }
