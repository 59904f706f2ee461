package parquet

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// The compressions of the format, by their numbers in it.
const (
	uncompressed = 0
	snappyCodec  = 1
	gzipCodec    = 2
	zstdCodec    = 6
)

var codecNames = map[int64]string{3: "lzo", 4: "brotli", 5: "lz4", 7: "lz4_raw"}

// unpack appends to head what packed becomes, to at most size bytes with the head.
func unpack(codec int64, head, packed []byte, size int) ([]byte, error) {
	switch codec {
	case uncompressed:
		return append(head, packed...), nil
	case snappyCodec:
		return unpackSnappy(head, packed, size)
	case gzipCodec:
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		return grow(head, r, size, "gzip")
	case zstdCodec:
		r, err := zstd.NewReader(
			bytes.NewReader(packed),
			zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(
				MostPage,
			),
			zstd.WithDecoderMaxWindow(1<<27),
			zstd.WithDecoderLowmem(true),
		)
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		defer r.Close()
		return grow(head, r, size, "zstd")
	}
	name := codecNames[codec]
	if name == "" {
		name = fmt.Sprint("number ", codec)
	}
	return nil, fmt.Errorf(
		"compression %s, want none, snappy, gzip or zstd: pyarrow's compression=\"zstd\"",
		name,
	)
}

// unpackSnappy holds the length that a block says to the longest that its bytes can make: a
// copy of 64 bytes takes 3.
func unpackSnappy(head, packed []byte, size int) ([]byte, error) {
	n, err := snappy.DecodedLen(packed)
	if err != nil {
		return nil, fmt.Errorf("snappy: %w", err)
	}
	if n > size-len(head) || n > 64*len(packed) {
		return nil, fmt.Errorf("snappy: got %d bytes that become %d, want at most %d", len(packed), n,
			min(size-len(head), 64*len(packed)))
	}
	out := make([]byte, len(head)+n)
	copy(out, head)
	if _, err := snappy.Decode(out[len(head):], packed); err != nil {
		return nil, fmt.Errorf("snappy: %w", err)
	}
	return out, nil
}

// grow reads r to its end, to at most size bytes with the head: memory doubles as they come.
func grow(head []byte, r io.Reader, size int, codec string) ([]byte, error) {
	out := make([]byte, 0, min(size, max(1<<16, len(head)))+1)
	out = append(out, head...)
	for {
		if len(out) == cap(out) {
			grown := make([]byte, len(out), min(2*len(out), size)+1)
			copy(grown, out)
			out = grown
		}
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case len(out) > size:
			return nil, fmt.Errorf("%s: got more than %d bytes, want as many", codec, size)
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", codec, err)
		}
	}
}
