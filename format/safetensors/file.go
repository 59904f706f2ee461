package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
)

// File is an open safetensors file. Its methods may be called from several
// goroutines at once, Close excepted.
type File struct {
	// Metadata is what the writer stored, the checksums left out.
	Metadata map[string]string

	name    string // for errors
	data    *io.SectionReader
	tensors []Info // by name
	sums    map[string]string
	closer  io.Closer
}

// Open reads and checks the header of the file at path, which must be a regular
// file, and leaves the tensors on the disk. That takes memory for the header and some
// 100 MB more at most, for the most tensors a file may have; the data costs nothing
// until it is read.
func Open(path string) (*File, error) {
	file, f, err := bounded.Parse("safetensors", path, NewFile)
	if err != nil {
		return nil, err
	}
	file.closer = f
	return file, nil
}

// NewFile reads and checks the header of a file of size bytes held by r. The
// name is used in errors alone.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	name = bounded.Name(name)
	fail := func(err error) (*File, error) { return nil, fmt.Errorf("safetensors: %s: %w", name, err) }
	var first [8]byte
	if size < int64(len(first)) {
		return fail(fmt.Errorf("file truncated: want at least 8 bytes, file has %d", size))
	}
	if _, err := r.ReadAt(first[:], 0); err != nil && err != io.EOF {
		return fail(err)
	}
	n := binary.LittleEndian.Uint64(first[:])
	if n > maxHeader {
		return fail(fmt.Errorf("not a safetensors file: header of %d bytes, want at most %d", n, maxHeader))
	}
	start := 8 + int64(n)
	if start > size {
		return fail(fmt.Errorf("file truncated: header says %d bytes, file has %d", start, size))
	}
	var text strings.Builder
	text.Grow(int(n))
	if got, err := io.Copy(&text, io.NewSectionReader(r, 8, int64(n))); err != nil || uint64(got) < n {
		return fail(fmt.Errorf("header: %w", noEOF(err)))
	}
	h, err := parseHeader(text.String())
	if err != nil {
		return fail(err)
	}
	if says := uint64(start) + uint64(h.size); says > uint64(size) {
		return fail(fmt.Errorf("file truncated: header says %d bytes, file has %d", says, size))
	} else if says < uint64(size) {
		return fail(fmt.Errorf("file too long: header says %d bytes, file has %d", says, size))
	}
	sums, err := h.takeChecksums()
	if err != nil {
		return fail(err)
	}
	slices.SortFunc(h.tensors, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return &File{
		Metadata: h.metadata,
		name:     name,
		data:     io.NewSectionReader(r, start, size-start),
		tensors:  h.tensors,
		sums:     sums,
	}, nil
}

// Close closes the file [Open] opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Tensors lists the tensors by name.
func (f *File) Tensors() []Info { return slices.Clone(f.tensors) }

// Tensor finds one tensor.
func (f *File) Tensor(name string) (Info, bool) {
	i, ok := slices.BinarySearchFunc(f.tensors, name, func(t Info, name string) int {
		return strings.Compare(t.Name, name)
	})
	if !ok {
		return Info{}, false
	}
	return f.tensors[i], true
}

// Checksummed says whether the file carries checksums, all of which are then
// verified as its parts are read.
func (f *File) Checksummed() bool { return f.sums != nil }

// Raw reads the bytes of a tensor: little endian, row-major.
func (f *File) Raw(name string) ([]byte, error) {
	t, err := f.find(name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, t.Bytes)
	err = f.read(t, func(chunk []byte) error { b = append(b, chunk...); return nil })
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Verify reads the whole file once, a megabyte at a time, and returns the first
// checksum that does not hold, in name order. Without checksums it still finds
// out whether every byte can be read.
func (f *File) Verify() error {
	for _, t := range f.tensors {
		if err := f.read(t, func([]byte) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) find(name string) (Info, error) {
	t, ok := f.Tensor(name)
	if !ok {
		return t, fmt.Errorf("safetensors: %s: no tensor %s among %d",
			f.name, bounded.Quote(name), len(f.tensors))
	}
	return t, nil
}

// chunkBytes is a multiple of every element size, so no element is cut.
const chunkBytes = 1 << 20

// read passes the bytes of a tensor to use, chunk by chunk, and then verifies
// their checksum.
func (f *File) read(t Info, use func(chunk []byte) error) error {
	fail := func(err error) error {
		return fmt.Errorf("safetensors: %s: tensor %s: %w", f.name, bounded.Quote(t.Name), err)
	}
	buf := make([]byte, min(chunkBytes, t.Bytes))
	sum := uint32(0)
	for at := int64(0); at < t.Bytes; {
		chunk := buf[:min(chunkBytes, t.Bytes-at)]
		if n, err := f.data.ReadAt(chunk, t.begin+at); n < len(chunk) {
			return fail(noEOF(err))
		}
		sum = crc32.Update(sum, castagnoli, chunk)
		if err := use(chunk); err != nil {
			return fail(err)
		}
		at += int64(len(chunk))
	}
	if want, ok := f.sums[t.Name]; ok && checksumOf(sum) != want {
		return fail(fmt.Errorf("checksum %s ≠ %s", checksumOf(sum), bounded.Name(want)))
	}
	return nil
}

// noEOF names the end of a file that shrank after its size was taken.
func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errors.New("file truncated while it was read")
	}
	return err
}
