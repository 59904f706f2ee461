// Package onnxrun runs graphs of ONNX in float64, slowly: the operators that
// interchange/translate writes, by the text of their specification
// (https://onnx.ai/onnx/operators), version 17. With it the tests hold what is
// exported to what it was made of, where onnxruntime is not there.
package onnxrun

import (
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/format/onnx"
	"github.com/stillfield/stillfield/plan"
)

// Array is an array, row-major; whole numbers and truth values are numbers.
type Array struct {
	Shape []int
	Data  []float64
}

// Of is an array of float32.
func Of(shape []int, x []float32) Array {
	a := Array{shape, make([]float64, len(x))}
	for i, v := range x {
		a.Data[i] = float64(v)
	}
	return a
}

// node is an operator with what it reads.
type node struct {
	onnx.Node
	in []Array
}

// Run returns the outputs of g. A value that is read before it is made, or made twice, is an
// error; so is an input of another shape than g declares.
func Run(g onnx.Graph, inputs map[string]Array) (outs map[string]Array, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("onnxrun: %v", r)
		}
	}()
	values := map[string]Array{}
	for _, t := range g.Weights {
		a := Of(t.Shape, t.Floats)
		for _, n := range t.Ints {
			a.Data = append(a.Data, float64(n))
		}
		values[t.Name] = a
	}
	for _, p := range g.Inputs {
		values[p.Name] = inputs[p.Name]
		if err := declared(p, inputs[p.Name]); err != nil {
			return nil, err
		}
	}
	for _, n := range g.Nodes {
		if _, made := values[n.Out[0]]; made || len(n.Out) != 1 {
			return nil, fmt.Errorf("onnxrun: %s makes %v, which is there", n.Op, n.Out)
		}
		in := make([]Array, len(n.In))
		for i, name := range n.In {
			x, ok := values[name]
			if !ok {
				return nil, fmt.Errorf("onnxrun: %s reads %q, which nothing made before it", n.Op, name)
			}
			in[i] = x
		}
		values[n.Out[0]] = node{n, in}.run()
	}
	outs = map[string]Array{}
	for _, p := range g.Outputs {
		outs[p.Name] = values[p.Name]
		if err := declared(p, outs[p.Name]); err != nil {
			return nil, err
		}
	}
	return outs, nil
}

// declared holds an array to what a port says of its shape.
func declared(p onnx.Port, a Array) error {
	ok := len(p.Dims) == len(a.Shape)
	for i := 0; ok && i < len(p.Dims); i++ {
		ok = p.Dims[i].Name != "" || p.Dims[i].Extent == a.Shape[i]
	}
	if !ok {
		return fmt.Errorf("onnxrun: %s has shape %v, is declared as %v", p.Name, a.Shape, p.Dims)
	}
	return nil
}

// run is what the operator makes.
func (n node) run() Array {
	x := n.in[0]
	if f, ok := unary[n.Op]; ok {
		y := Array{x.Shape, make([]float64, len(x.Data))}
		for i, v := range x.Data {
			y.Data[i] = f(v)
		}
		return y
	}
	if f, ok := binary[n.Op]; ok {
		return broadcast(x, n.in[1], f)
	}
	f, ok := others[n.Op]
	if !ok {
		panic("operator " + n.Op + " is not known")
	}
	y := f(n)
	if plan.Size(y.Shape) != len(y.Data) {
		panic(fmt.Sprintf("%s makes %d elements of shape %v", n.Op, len(y.Data), y.Shape))
	}
	return y
}

func same(x float64) float64 { return x }

var unary = map[string]func(x float64) float64{
	"Identity": same, "Cast": same, "Exp": math.Exp, "Log": math.Log, "Sqrt": math.Sqrt,
	"Reciprocal": func(x float64) float64 { return 1 / x },
	"Sin":        math.Sin, "Cos": math.Cos, "Tanh": math.Tanh,
	"Sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
}

var binary = map[string]func(x, y float64) float64{
	"Add": func(x, y float64) float64 { return x + y }, "Sub": func(x, y float64) float64 { return x - y },
	"Mul": func(x, y float64) float64 { return x * y }, "Div": func(x, y float64) float64 { return x / y },
	"Min": math.Min, "Max": math.Max,
	"Less": func(x, y float64) float64 {
		if x < y {
			return 1
		}
		return 0
	},
}

// broadcast applies f to every element of x and y, as numpy repeats them.
func broadcast(x, y Array, f func(x, y float64) float64) Array {
	rank := max(len(x.Shape), len(y.Shape))
	pad := func(s []int) []int { return slices.Concat(slices.Repeat([]int{1}, rank-len(s)), s) }
	xs, ys := pad(x.Shape), pad(y.Shape)
	shape := make([]int, rank)
	for i := range shape {
		shape[i] = max(xs[i], ys[i])
		if xs[i] != shape[i] && xs[i] != 1 || ys[i] != shape[i] && ys[i] != 1 {
			panic(fmt.Sprintf("shapes %v and %v do not go together", x.Shape, y.Shape))
		}
	}
	z := Array{shape, make([]float64, plan.Size(shape))}
	places(shape, func(k int, at []int) { z.Data[k] = f(x.Data[repeated(xs, at)], y.Data[repeated(ys, at)]) })
	return z
}

// repeated is where an element is in an array of that shape, of which axes of one element are
// repeated.
func repeated(shape, at []int) int {
	k := 0
	for i, d := range shape {
		k *= d
		if d > 1 {
			k += at[i]
		}
	}
	return k
}

// places calls f for every place of a shape, in order.
func places(shape []int, f func(k int, at []int)) {
	at := make([]int, len(shape))
	for k := range plan.Size(shape) {
		f(k, at)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < shape[i] {
				break
			}
			at[i] = 0
		}
	}
}

// attr is an attribute; asked for and not there, it is the number usual.
func (n node) attr(name string, usual int64) onnx.Attr {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a
		}
	}
	return onnx.Attr{Int: usual}
}

// whole is operand k as whole numbers.
func (n node) whole(k int) []int {
	var ns []int
	for _, x := range n.in[k].Data {
		ns = append(ns, int(x))
	}
	return ns
}
