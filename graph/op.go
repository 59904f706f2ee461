package graph

import (
	"encoding/binary"
	"fmt"
	"hash"
	"sync/atomic"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// operator is the one gorgonia.Op of the engine: an operator of plan in a graph. Each
// application is an operator of its own, with its own number, so that Gorgonia's
// hashes cannot take two for one.
type operator struct {
	plan.Op
	label string // what the step is for, from the Builder's scope
	ranks []int  // of the operands
	out   tensor.Shape
	uid   uint32

	block, region int  // see Builder
	kept          bool // the result of its block
}

var uids atomic.Uint32

var _ G.SDOp = (*operator)(nil)

// Arity is the number of operands.
func (op *operator) Arity() int { return len(op.ranks) }

// Type is a → … → a over tensors of the operands' ranks. Gorgonia recycles what
// it is given, so it is made anew on every call; and it may not use the type
// variable b, which Gorgonia keeps for the result.
func (op *operator) Type() hm.Type {
	ts := make([]hm.Type, 0, len(op.ranks)+1)
	for _, r := range op.ranks {
		ts = append(ts, typeOf(r))
	}
	return hm.NewFnType(append(ts, typeOf(op.out.Dims()))...)
}

// typeOf is the type of a tensor of that rank, over the type variable a.
func typeOf(rank int) hm.Type {
	if rank == 0 {
		return hm.TypeVariable('a')
	}
	return G.TensorType{Dims: rank, Of: hm.TypeVariable('a')}
}

// InferShape returns the shape found when op was applied.
func (op *operator) InferShape(...G.DimSizer) (tensor.Shape, error) { return op.out.Clone(), nil }

// ReturnsPtr, CallsExtern and OverwritesInput tell Gorgonia's machines that the
// result is fresh memory of Go's.
func (op *operator) ReturnsPtr() bool { return true }

// CallsExtern is false.
func (op *operator) CallsExtern() bool { return false }

// OverwritesInput is −1: effects are plan's business.
func (op *operator) OverwritesInput() int { return -1 }

// Hashcode is the number of the application.
func (op *operator) Hashcode() uint32 { return op.uid }

// WriteHash writes the kind and the number.
func (op *operator) WriteHash(h hash.Hash) {
	var b [5]byte
	b[0] = byte(op.Kind)
	binary.LittleEndian.PutUint32(b[1:], op.uid)
	h.Write(b[:])
}

func (op *operator) String() string { return fmt.Sprintf("%v#%d", op.Op, op.uid) }

// Do computes op by its definition, in float64. It serves Gorgonia's machines,
// which are slow oracles here, and no product code.
func (op *operator) Do(vs ...G.Value) (G.Value, error) {
	in := make([]reference.Tensor, len(vs))
	for i, v := range vs {
		d, err := floats(v)
		if err != nil {
			return nil, fmt.Errorf("graph: %v: operand %d: %w", op, i, err)
		}
		in[i] = reference.Tensor{Data: d, Shape: v.Shape()}
	}
	out, err := reference.Eval(op.Op, in...)
	if err != nil {
		return nil, err
	}
	if vs[0].Dtype() == tensor.Float64 {
		if op.out.IsScalar() {
			return G.NewF64(out.Data[0]), nil
		}
		return tensor.New(tensor.WithShape(op.out...), tensor.WithBacking(out.Data)), nil
	}
	data := make([]float32, len(out.Data))
	for i, x := range out.Data {
		data[i] = float32(x)
	}
	if op.out.IsScalar() {
		return G.NewF32(data[0]), nil
	}
	return tensor.New(tensor.WithShape(op.out...), tensor.WithBacking(data)), nil
}

// floats copies a value to float64.
func floats(v G.Value) ([]float64, error) {
	switch d := v.Data().(type) {
	case []float64:
		return append([]float64(nil), d...), nil
	case float64:
		return []float64{d}, nil
	case []float32:
		f := make([]float64, len(d))
		for i, x := range d {
			f[i] = float64(x)
		}
		return f, nil
	case float32:
		return []float64{float64(d)}, nil
	default:
		return nil, fmt.Errorf("got %T, want float32 or float64", d)
	}
}
