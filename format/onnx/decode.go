package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of fields and values that are read and not written.
const (
	attrText, attrTensor, attrIsText, attrIsTensor = 4, 5, 3, 4
	nodeDomain, opsetDomain, graphSparse           = 7, 1, 15
	tensorFloats, tensorInt32s, tensorInt64s       = 4, 5, 7
)

// field is one field of a message: bytes, or a number.
type field struct {
	bytes  []byte
	number uint64
}

// fields calls f for each field of a message, in order.
func fields(b []byte, f func(k protowire.Number, v field) error) error {
	for len(b) > 0 {
		k, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("no message of Protocol Buffers: %w", protowire.ParseError(n))
		}
		b = b[n:]
		var v field
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var w uint32
			w, n = protowire.ConsumeFixed32(b)
			v.number = uint64(w)
		case protowire.Fixed64Type:
			v.number, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(b)
		default:
			return fmt.Errorf("no message of ONNX: field %d has wire type %d", k, kind)
		}
		if n < 0 {
			return fmt.Errorf("no message of Protocol Buffers: %w", protowire.ParseError(n))
		}
		b = b[n:]
		if err := f(k, v); err != nil {
			return err
		}
	}
	return nil
}

// whole adds the whole numbers of a repeated field, which may be packed.
func (v field) whole(to []int64) ([]int64, error) {
	if v.bytes == nil {
		return append(to, int64(v.number)), nil
	}
	for b := v.bytes; len(b) > 0; {
		x, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		to, b = append(to, int64(x)), b[n:]
	}
	return to, nil
}

func decodeAttr(b []byte, r *reader) (a Attr, err error) {
	kind := uint64(0)
	err = fields(b, func(k protowire.Number, v field) (err error) {
		switch k {
		case attrName:
			a.Name = string(v.bytes)
		case attrFloat:
			x := math.Float32frombits(uint32(v.number))
			a.Float = &x
		case attrInt:
			a.Int = int64(v.number)
		case attrText:
			a.Text = string(v.bytes)
		case attrTensor:
			t, err := decodeTensor(v.bytes, r)
			a.Tensor = &t
			return err
		case attrInts:
			a.Ints, err = v.whole(a.Ints)
		case attrType:
			kind = v.number
		}
		return err
	})
	if kind == attrIsInts && a.Ints == nil {
		a.Ints = []int64{}
	}
	return a, err
}

func decodeNode(b []byte, r *reader) (n Node, err error) {
	domain := ""
	err = fields(b, func(k protowire.Number, v field) error {
		switch k {
		case nodeInput:
			n.In = append(n.In, string(v.bytes))
		case nodeOutput:
			n.Out = append(n.Out, string(v.bytes))
		case nodeOp:
			n.Op = string(v.bytes)
		case nodeDomain:
			domain = string(v.bytes)
		case nodeAttr:
			a, err := decodeAttr(v.bytes, r)
			n.Attrs = append(n.Attrs, a)
			return err
		}
		return nil
	})
	if domain != "" && domain != "ai.onnx" {
		n.Op = domain + "." + n.Op
	}
	return n, err
}

func decodePort(b []byte) (p Port, err error) {
	dim := func(b []byte) error {
		d := Dim{Name: "?"}
		err := fields(b, func(k protowire.Number, v field) error {
			if k == dimExtent && v.bytes == nil {
				d = Dim{Extent: int(v.number)}
			} else if v.bytes != nil {
				d.Name = string(v.bytes)
			}
			return nil
		})
		p.Dims = append(p.Dims, d)
		return err
	}
	shape := func(k protowire.Number, v field) error {
		if k == shapeDim {
			return dim(v.bytes)
		}
		return nil
	}
	tensor := func(k protowire.Number, v field) error {
		switch k {
		case typeElement:
			p.Type = Type(v.number)
		case typeShape:
			return fields(v.bytes, shape)
		}
		return nil
	}
	err = fields(b, func(k protowire.Number, v field) error {
		switch k {
		case portName:
			p.Name = string(v.bytes)
		case portType:
			return fields(v.bytes, func(k protowire.Number, v field) error {
				if k == typeTensor {
					return fields(v.bytes, tensor)
				}
				return nil
			})
		}
		return nil
	})
	return p, err
}

func decodeGraph(b []byte, r *reader) (g Graph, err error) {
	err = fields(b, func(k protowire.Number, v field) error {
		switch k {
		case graphName:
			g.Name = string(v.bytes)
		case graphNode:
			n, err := decodeNode(v.bytes, r)
			g.Nodes = append(g.Nodes, n)
			return err
		case graphWeight:
			t, err := decodeTensor(v.bytes, r)
			g.Weights = append(g.Weights, t)
			return err
		case graphSparse:
			return errors.New("got a sparse tensor, want dense ones")
		case graphInput, graphOutput:
			p, err := decodePort(v.bytes)
			if k == graphInput {
				g.Inputs = append(g.Inputs, p)
			} else {
				g.Outputs = append(g.Outputs, p)
			}
			return err
		}
		return nil
	})
	return g, err
}
