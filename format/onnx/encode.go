package onnx

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of the fields, message by message, in the schema's onnx.proto.
const (
	modelVersion, modelProducer, modelGraph, modelOpset, modelMetadata = 1, 2, 7, 8, 14
	opsetVersion                                                       = 2
	entryKey, entryValue                                               = 1, 2
	graphNode, graphName, graphWeight, graphInput, graphOutput         = 1, 2, 5, 11, 12
	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttr                  = 1, 2, 3, 4, 5
	attrName, attrFloat, attrInt, attrInts, attrType                   = 1, 2, 3, 8, 20
	attrIsFloat, attrIsInt, attrIsInts                                 = 1, 2, 7
	tensorDims, tensorType, tensorName, tensorRaw                      = 1, 2, 8, 9
	tensorOutside, tensorPlace, placeIsOutside                         = 13, 14, 1
	portName, portType, typeTensor, typeElement, typeShape             = 1, 2, 1, 1, 2
	shapeDim, dimExtent, dimName                                       = 1, 1, 2
)

// announced is the beginning of a message, or text, of so many bytes.
func announced(b []byte, field protowire.Number, size int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), uint64(size))
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func text(b []byte, field protowire.Number, s string) []byte { return message(b, field, []byte(s)) }

func number(b []byte, field protowire.Number, n int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(n))
}

func (n Node) encode() (b []byte) {
	for _, name := range n.In {
		b = text(b, nodeInput, name)
	}
	for _, name := range n.Out {
		b = text(b, nodeOutput, name)
	}
	if len(n.Out) > 0 {
		b = text(b, nodeName, n.Out[0])
	}
	b = text(b, nodeOp, n.Op)
	for _, a := range n.Attrs {
		b = message(b, nodeAttr, a.encode())
	}
	return b
}

func (a Attr) encode() []byte {
	b := text(nil, attrName, a.Name)
	switch {
	case a.Float != nil:
		b = protowire.AppendTag(b, attrFloat, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, math.Float32bits(*a.Float))
		return number(b, attrType, attrIsFloat)
	case a.Ints != nil:
		for _, n := range a.Ints {
			b = number(b, attrInts, n)
		}
		return number(b, attrType, attrIsInts)
	}
	return number(number(b, attrInt, a.Int), attrType, attrIsInt)
}

// check refuses a tensor whose elements are not as many as its shape says.
func (t Tensor) check() error {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	if got := len(t.Floats) + len(t.Ints); got != n {
		return fmt.Errorf("tensor %s: shape %v has %d elements, data has %d", t.Name, t.Shape, n, got)
	}
	return nil
}

// bytes is the length of the data.
func (t Tensor) bytes() int { return 4*len(t.Floats) + 8*len(t.Ints) }

// inside is how much of that is in the model.
func (t Tensor) inside() int {
	if t.outside != nil {
		return 0
	}
	return t.bytes()
}

// head is all of a tensor but the data, which come last.
func (t Tensor) head() []byte {
	var b []byte
	for _, d := range t.Shape {
		b = number(b, tensorDims, int64(d))
	}
	b = text(number(b, tensorType, int64(t.Type())), tensorName, t.Name)
	if o := t.outside; o != nil {
		for _, entry := range [][2]string{{"location", o.file}, {"offset", strconv.FormatInt(o.offset, 10)},
			{"length", strconv.Itoa(t.bytes())}} {
			b = message(b, tensorOutside, text(text(nil, entryKey, entry[0]), entryValue, entry[1]))
		}
		return number(b, tensorPlace, placeIsOutside)
	}
	return announced(b, tensorRaw, t.bytes())
}

// data writes the elements, little-endian.
func (t Tensor) data(w *bufio.Writer) error {
	var b [8]byte
	for _, x := range t.Floats {
		binary.LittleEndian.PutUint32(b[:4], math.Float32bits(x))
		if _, err := w.Write(b[:4]); err != nil {
			return err
		}
	}
	for _, n := range t.Ints {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	return nil
}

func (p Port) encode() []byte {
	var shape []byte
	for _, d := range p.Dims {
		dim := number(nil, dimExtent, int64(d.Extent))
		if d.Name != "" {
			dim = text(nil, dimName, d.Name)
		}
		shape = message(shape, shapeDim, dim)
	}
	tensor := message(number(nil, typeElement, int64(p.Type)), typeShape, shape)
	return message(text(nil, portName, p.Name), portType, message(nil, typeTensor, tensor))
}
