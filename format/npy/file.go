package npy

import (
	"errors"
	"fmt"
	"io"

	"github.com/stillfield/stillfield/format/bounded"
)

// mostFortran bounds the bytes of an array in Fortran order that [Open] reorders in memory.
const mostFortran = 1 << 30

// File is an array that stays where it is and is read in parts. Its methods may be called
// from several goroutines at once, Close excepted.
type File struct {
	Shape []int  // empty for a scalar
	Type  string // of its elements, as numpy writes it: "<f4", "|u1"

	name   string // for errors
	header *fileHeader
	count  int
	data   io.ReaderAt // the elements in C order, from 0
	closer io.Closer
}

// Open reads the header of the array in a regular file, which must hold nothing else. The
// elements cost nothing until they are read, except those of an array of several dimensions
// in Fortran order, whose rows lie scattered: all of it is read and reordered, and more than
// 1 GiB is refused.
func Open(path string) (*File, error) {
	file, f, err := bounded.Parse("npy", path, NewFile)
	if err != nil {
		return nil, err
	}
	file.closer = f
	return file, nil
}

// NewFile is [Open] of the size bytes of r. The name is used in errors alone.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: bounded.Name(name)}
	if err := f.open(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, fmt.Errorf("npy: %s: %w", f.name, err)
	}
	return f, nil
}

// open compares the header with the bytes that there are, before anything of the size that
// it claims is allocated.
func (f *File) open(r *io.SectionReader) error {
	h, err := readHeader(r)
	if err != nil {
		return err
	}
	if f.count, err = extent(h.shape, h.width); err != nil {
		return err
	}
	start, _ := r.Seek(0, io.SeekCurrent) // it cannot fail
	want, there := int64(f.count)*int64(h.width), r.Size()-start
	if there < want {
		return fmt.Errorf("file truncated: shape %d is %d bytes of data, file has %d", h.shape, want, there)
	}
	if there > want {
		return fmt.Errorf("bytes follow the array of shape %d", h.shape)
	}
	f.Shape, f.Type, f.header = h.shape, h.descr, h
	f.data = io.NewSectionReader(r, start, want)
	if h.fortran && len(h.shape) > 1 {
		return f.reorder(want)
	}
	return nil
}

// reorder reads all and puts it in C order: twice the bytes of the array for a moment.
func (f *File) reorder(size int64) error {
	if size > mostFortran {
		return fmt.Errorf("got %d bytes in Fortran order, want at most %d, or C order: "+
			"numpy.ascontiguousarray", size, mostFortran)
	}
	data := make([]byte, size) // as many as the file has
	if n, err := f.data.ReadAt(data, 0); n < len(data) {
		return noEOF(err)
	}
	f.data = inMemory(fromFortran(data, f.Shape, f.header.width))
	return nil
}

// inMemory is what [io.ReaderAt] makes of bytes.
type inMemory []byte

func (m inMemory) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, m[min(at, int64(len(m))):])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Len is the number of elements.
func (f *File) Len() int { return f.count }

// ReadFloat32At reads the len(dst) elements from element at on, in C order, as float32.
func (f *File) ReadFloat32At(dst []float32, at int) error {
	if at < 0 || at > f.count || len(dst) > f.count-at {
		return fmt.Errorf(
			"npy: %s: elements %d to %d are not among its %d",
			f.name,
			at,
			at+len(dst)-1,
			f.count,
		)
	}
	width := f.header.width
	raw := make([]byte, len(dst)*width)
	if n, err := f.data.ReadAt(raw, int64(at)*int64(width)); n < len(raw) {
		return fmt.Errorf("npy: %s: element %d: %w", f.name, at+n/width, noEOF(err))
	}
	if i := f.header.decode(dst, raw); i >= 0 {
		return fmt.Errorf("npy: %s: %w", f.name, f.header.noFloat32(at+i, raw[i*width:]))
	}
	return nil
}

// Close closes the file [Open] opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// noEOF names the end of a file that shrank after its size was taken.
func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errors.New("file truncated while it was read")
	}
	return err
}
