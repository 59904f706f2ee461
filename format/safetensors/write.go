package safetensors

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// align is where the data starts: a multiple of a cache line, so that mapped
// tensors whose sizes are multiples of it are aligned for every vector load.
const align = 64

// Tensor is one float32 array to write.
type Tensor struct {
	Name  string
	Shape []int     // row-major; empty for a scalar
	Data  []float32 // as many as the product of Shape
}

// WriteFile writes a file that appears under path whole or not at all: see
// package atomicfile. On an error what stood at path is untouched.
func WriteFile(path string, metadata map[string]string, tensors []Tensor) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		return write(w, metadata, streams(tensors))
	})
	if err != nil {
		return fmt.Errorf("safetensors: WriteFile: %s: %w", path, err)
	}
	return nil
}

// Write writes the tensors in name order, as F32, with checksums. The same
// arguments give the same bytes. Tensors are read twice, for the header with
// their checksums comes first, and copied through a buffer of a megabyte.
//
// The header's own checksum is the CRC-32C of one line for each metadata key in
// order, its own left out, and then one for each tensor by name, in UTF-8 with
// each string after its length in bytes. Any language can verify it:
//
//	3:key,5:value
//	4:name,F32 [2 3]
func Write(w io.Writer, metadata map[string]string, tensors []Tensor) error {
	if err := write(w, metadata, streams(tensors)); err != nil {
		return fmt.Errorf("safetensors: Write: %w", err)
	}
	return nil
}

func write(w io.Writer, metadata map[string]string, tensors []Stream) error {
	tensors = slices.SortedFunc(slices.Values(tensors), func(a, b Stream) int {
		return strings.Compare(a.Name, b.Name)
	})
	infos, err := describe(metadata, tensors)
	if err != nil {
		return err
	}
	all := maps.Clone(metadata)
	if all == nil {
		all = map[string]string{}
	}
	buf := make([]byte, chunkBytes)
	for _, t := range tensors {
		sum := uint32(0)
		if err := t.encode(buf, func(chunk []byte) error {
			sum = crc32.Update(sum, castagnoli, chunk)
			return nil
		}); err != nil {
			return err
		}
		all[checksumKey+"."+t.Name] = checksumOf(sum)
	}
	all[checksumKey] = checksumOf(meaning(all, infos))
	text, err := encodeHeader(all, infos)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, chunkBytes)
	b.Write(text) // bufio keeps the first error for Flush
	for _, t := range tensors {
		if err := t.encode(buf, func(chunk []byte) error {
			_, err := b.Write(chunk)
			return err
		}); err != nil {
			return err
		}
	}
	return b.Flush()
}

// describe checks what is to be written and gives each tensor its place.
func describe(metadata map[string]string, tensors []Stream) ([]Info, error) {
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if reserved(key) {
			return nil, fmt.Errorf("metadata key %s is taken by the checksums", bounded.Quote(key))
		}
		if strings.HasPrefix(metadata[key], checksumValue) {
			return nil, fmt.Errorf("metadata %s: a value beginning with %q is taken by the checksums",
				bounded.Quote(key), checksumValue)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(metadata[key]) {
			return nil, fmt.Errorf("metadata %s: key or value is not UTF-8", bounded.Quote(key))
		}
		if len(key) > maxKey {
			return nil, fmt.Errorf("metadata %s: want a key of at most %d bytes", bounded.Quote(key), maxKey)
		}
	}
	if len(tensors) > maxTensors || len(metadata) > maxTensors {
		return nil, fmt.Errorf("%d tensors and %d texts of metadata, want at most %d each",
			len(tensors), len(metadata), maxTensors)
	}
	var infos []Info
	var end int64
	for i, t := range tensors {
		fail := func(err error) ([]Info, error) {
			return nil, fmt.Errorf("tensor %s: %w", bounded.Quote(t.Name), err)
		}
		if t.Name == metadataKey || len(t.Name) > maxName || !utf8.ValidString(t.Name) {
			return fail(fmt.Errorf("want a name in UTF-8, of at most %d bytes, other than %s",
				maxName, metadataKey))
		}
		if i > 0 && t.Name == tensors[i-1].Name {
			return fail(errors.New("given twice"))
		}
		if len(t.Shape) > maxRank {
			return fail(fmt.Errorf("%d dimensions, want at most %d", len(t.Shape), maxRank))
		}
		n, size, err := extent(F32, t.Shape)
		if err != nil {
			return fail(err)
		}
		if t.data != nil && n != len(*t.data) {
			return fail(fmt.Errorf("shape %d has %d elements, data has %d", t.Shape, n, len(*t.data)))
		}
		infos = append(infos,
			Info{Name: t.Name, DType: F32, Shape: t.Shape, Bytes: size, begin: end, count: n})
		end += size
	}
	return infos, nil
}

// encodeHeader is the length and the padded JSON.
func encodeHeader(metadata map[string]string, tensors []Info) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 8))
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	put := func(v any) error {
		err := enc.Encode(v)    // strings are UTF-8 by now, so nothing is replaced
		b.Truncate(b.Len() - 1) // the encoder's newline
		return err
	}
	fmt.Fprintf(b, `{"%s":`, metadataKey)
	if err := put(metadata); err != nil {
		return nil, err
	}
	for _, t := range tensors {
		b.WriteByte(',')
		if err := put(t.Name); err != nil {
			return nil, err
		}
		shape := strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ",")
		fmt.Fprintf(b, `:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`,
			t.DType, shape, t.begin, t.begin+t.Bytes)
	}
	b.WriteByte('}')
	for b.Len()%align != 0 {
		b.WriteByte(' ')
	}
	text := b.Bytes()
	if n := len(text) - 8; n > maxHeader {
		return nil, fmt.Errorf("header of %d bytes, want at most %d", n, maxHeader)
	}
	binary.LittleEndian.PutUint64(text, uint64(len(text)-8))
	return text, nil
}

// encode passes the little-endian bytes of v to use, a buffer at a time.
func encode(v []float32, buf []byte, use func(chunk []byte) error) error {
	for len(v) > 0 {
		part := v[:min(len(v), len(buf)/4)]
		chunk := buf[:4*len(part)]
		for i, x := range part {
			binary.LittleEndian.PutUint32(chunk[4*i:], math.Float32bits(x))
		}
		if err := use(chunk); err != nil {
			return err
		}
		v = v[len(part):]
	}
	return nil
}
