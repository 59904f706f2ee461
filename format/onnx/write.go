package onnx

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/format/atomicfile"
)

// irVersion of the format is the one that operators of version 17 came with.
const irVersion = 8

// Most is how long a message of Protocol Buffers may be, in bytes.
const Most = math.MaxInt32

// WriteFile writes a file that appears under path whole or not at all. Of a model of more than
// most bytes, at most Most, the numbers are in a file of their own beside it, path.data, which
// is written first.
func WriteFile(path string, m Model, most int) error {
	e, err := encode(m)
	if err == nil && e.size > most {
		data := path + ".data"
		m.Graph.Weights = outside(m.Graph.Weights, filepath.Base(data))
		if e, err = encode(m); err == nil {
			err = atomicfile.Write(data, func(w io.Writer) error { return numbers(w, m.Graph.Weights) })
		}
	}
	if err == nil {
		err = atomicfile.Write(path, e.write)
	}
	if err != nil {
		return fmt.Errorf("onnx: WriteFile: %s: %w", path, err)
	}
	return nil
}

// Write writes the model. The same model gives the same bytes; weights are not copied.
func Write(w io.Writer, m Model) error {
	e, err := encode(m)
	if err == nil {
		err = e.write(w)
	}
	if err != nil {
		return fmt.Errorf("onnx: Write: %w", err)
	}
	return nil
}

// place is where the numbers of a tensor are, in a file beside the model.
type place struct {
	file   string
	offset int64
}

// align is where numbers begin in a file, so that it can be mapped.
const align = 64

// outside are the weights with the places of their numbers in a file: those of float32, for
// whole numbers say what shapes are.
func outside(ts []Tensor, file string) []Tensor {
	ts = slices.Clone(ts)
	offset := int64(0)
	for i, t := range ts {
		if t.Type() == Float {
			ts[i].outside = &place{file, offset}
			offset += int64(t.bytes()+align-1) / align * align
		}
	}
	return ts
}

// numbers writes what is outside.
func numbers(w io.Writer, ts []Tensor) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for _, t := range ts {
		if t.outside == nil {
			continue
		}
		if err := t.data(b); err != nil {
			return err
		}
		b.Write(make([]byte, (align-t.bytes()%align)%align)) // bufio keeps the first error for Flush
	}
	return b.Flush()
}

// encoded is a model but for the numbers of its weights.
type encoded struct {
	head, before, after []byte   // of the model and its graph, before and after the weights
	heads               [][]byte // of each weight
	weights             []Tensor
	size                int // of the whole
}

func encode(m Model) (*encoded, error) {
	e := &encoded{weights: m.Graph.Weights, heads: make([][]byte, len(m.Graph.Weights))}
	for _, n := range m.Graph.Nodes {
		e.before = message(e.before, graphNode, n.encode())
	}
	e.before = text(e.before, graphName, m.Graph.Name)
	size := len(e.before)
	for i, t := range m.Graph.Weights {
		if err := t.check(); err != nil {
			return nil, err
		}
		head, data := t.head(), t.inside()
		e.heads[i] = append(announced(nil, graphWeight, len(head)+data), head...)
		size += len(e.heads[i]) + data
	}
	for _, p := range m.Graph.Inputs {
		e.after = message(e.after, graphInput, p.encode())
	}
	for _, p := range m.Graph.Outputs {
		e.after = message(e.after, graphOutput, p.encode())
	}
	size += len(e.after)
	e.head = text(number(nil, modelVersion, irVersion), modelProducer, m.Producer)
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		entry := text(text(nil, entryKey, key), entryValue, m.Metadata[key])
		e.head = message(e.head, modelMetadata, entry)
	}
	e.head = message(e.head, modelOpset, number(nil, opsetVersion, int64(m.Opset)))
	e.head = announced(e.head, modelGraph, size)
	e.size = len(e.head) + size
	return e, nil
}

func (e *encoded) write(w io.Writer) error {
	if e.size > Most {
		return fmt.Errorf("a model of %d bytes, want at most %d, the most of Protocol Buffers", e.size, Most)
	}
	b := bufio.NewWriterSize(w, 1<<20)
	b.Write(e.head)
	b.Write(e.before)
	for i, t := range e.weights {
		b.Write(e.heads[i])
		if t.outside != nil {
			continue
		}
		if err := t.data(b); err != nil {
			return err
		}
	}
	b.Write(e.after)
	return b.Flush()
}
