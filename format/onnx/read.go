package onnx

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/stillfield/stillfield/format/bounded"
)

// reader reads a model, and what of it is in files beside it.
type reader struct {
	dir  string // "" where nothing is beside it
	left int    // bytes that these may still have
}

// ReadFile reads the model at path with the numbers that are in files beside it, which have at
// most [Most] bytes each way, and returns the sum of the model's own bytes.
func ReadFile(path string) (m Model, sum [sha256.Size]byte, err error) {
	f, size, err := bounded.Open(path)
	if err != nil {
		return m, sum, fmt.Errorf("onnx: %w", err)
	}
	defer f.Close()
	if size > Most {
		return m, sum, fmt.Errorf("onnx: %s: got %d bytes, want at most %d", path, size, Most)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return m, sum, fmt.Errorf("onnx: %s: %w", path, err)
	}
	if m, err = decode(b, &reader{filepath.Dir(path), Most}); err != nil {
		return m, sum, fmt.Errorf("onnx: %s: %w", path, err)
	}
	return m, sha256.Sum256(b), nil
}

// Read is a model that is whole in b.
func Read(b []byte) (Model, error) {
	m, err := decode(b, &reader{})
	if err != nil {
		return m, fmt.Errorf("onnx: %w", err)
	}
	return m, nil
}

func decode(b []byte, r *reader) (m Model, err error) {
	has := false
	err = fields(b, func(k protowire.Number, v field) (err error) {
		switch k {
		case modelProducer:
			m.Producer = string(v.bytes)
		case modelGraph:
			has = true
			m.Graph, err = decodeGraph(v.bytes, r)
		case modelOpset:
			return m.decodeOpset(v.bytes)
		case modelMetadata:
			if m.Metadata == nil {
				m.Metadata = map[string]string{}
			}
			return decodeEntry(v.bytes, m.Metadata)
		}
		return err
	})
	if err == nil && !has {
		err = errors.New("got no graph, want a model of ONNX")
	}
	return m, err
}

// decodeOpset keeps the version of the operators of ONNX itself.
func (m *Model) decodeOpset(b []byte) error {
	domain, version := "", 0
	err := fields(b, func(k protowire.Number, v field) error {
		switch k {
		case opsetDomain:
			domain = string(v.bytes)
		case opsetVersion:
			version = int(v.number)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		m.Opset = version
	}
	return err
}

// outside is so many bytes of a file beside the model.
func (r *reader) outside(at map[string]string, size int) ([]byte, error) {
	name := at["location"]
	if r.dir == "" || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("got numbers in the file %q, want one beside the model", name)
	}
	offset, err := strconv.ParseInt(orZero(at["offset"]), 10, 64)
	if err != nil || offset < 0 {
		return nil, fmt.Errorf("got offset %q in %s, want a number", at["offset"], name)
	}
	if n := at["length"]; n != "" && n != strconv.Itoa(size) {
		return nil, fmt.Errorf("got %q bytes in %s, want %d", n, name, size)
	}
	f, whole, err := bounded.Open(filepath.Join(r.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if offset > whole || int64(size) > whole-offset || size > r.left {
		return nil, fmt.Errorf("got %d bytes at %d of %s, want them among its %d, and no more than %d", size,
			offset, name, whole, r.left)
	}
	r.left -= size
	return readAt(f, offset, size)
}

func readAt(f *os.File, offset int64, size int) ([]byte, error) {
	b := make([]byte, size)
	_, err := f.ReadAt(b, offset)
	return b, err
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}
