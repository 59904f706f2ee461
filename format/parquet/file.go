package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/stillfield/stillfield/format/bounded"
)

const (
	magic      = "PAR1"
	mostFooter = 1 << 26 // bytes: a million chunks
	// MostRows bounds the rows of a file: what is kept of each, a label, may be said to be in a
	// file that has a bit for none.
	MostRows = 1 << 27
)

// File is an open file. Its methods may be called from several goroutines at once, Close
// excepted.
type File struct {
	Columns  []Column
	Metadata map[string]string // what the writer added: "huggingface" and the like
	Rows     int

	Name   string // as errors have it
	data   io.ReaderAt
	end    int64 // of the pages, where the footer begins
	groups []group
	closer io.Closer
}

// A group is a run of rows. It has one chunk of every column.
type group struct {
	rows   int64
	chunks []chunk
}

// A chunk is the values of one column in one group: perhaps a dictionary, and pages.
type chunk struct {
	kind, codec, values int64
	begin, size         int64 // of all its pages in the file
	dictionary          int64 // where it is, 0 where it is not said
	elsewhere           bool  // in another file
}

// Open reads the footer of a regular file. The columns stay on the disk.
func Open(path string) (*File, error) {
	file, f, err := bounded.Parse("parquet", path, NewFile)
	if err != nil {
		return nil, err
	}
	file.closer = f
	return file, nil
}

// NewFile is [Open] of the size bytes of r. The name is used in errors alone.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{Name: bounded.Name(name), data: r, Metadata: map[string]string{}}
	footer, err := f.footer(size)
	if err == nil {
		err = f.parse(footer)
	}
	if err != nil {
		return nil, fmt.Errorf("parquet: %s: %w", f.Name, err)
	}
	return f, nil
}

// Close closes the file [Open] opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// footer reads the last part of the file: metadata, their length, the magic number.
func (f *File) footer(size int64) ([]byte, error) {
	const least = 2*int64(len(magic)) + 4
	head, tail := make([]byte, len(magic)), make([]byte, 4+len(magic))
	if size >= least {
		if _, err := f.data.ReadAt(head, 0); err != nil {
			return nil, noEOF(err)
		}
		if _, err := f.data.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
			return nil, err
		}
	}
	switch {
	case string(head) == "PARE" || string(tail[4:]) == "PARE":
		return nil, errors.New("an encrypted file, which is not read")
	case string(head) != magic:
		return nil, fmt.Errorf("not a parquet file: it does not begin with %s", magic)
	case string(tail[4:]) != magic:
		return nil, fmt.Errorf("file truncated: it does not end with %s", magic)
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	if f.end = size - int64(len(tail)) - n; f.end < int64(len(magic)) || n > mostFooter {
		return nil, fmt.Errorf("footer of %d bytes, want at most %d in a file of %d", n,
			min(mostFooter, size-least), size)
	}
	footer := make([]byte, n)
	if got, err := f.data.ReadAt(footer, f.end); got < len(footer) {
		return nil, noEOF(err)
	}
	return footer, nil
}

// parse reads the metadata and holds them to each other.
func (f *File) parse(footer []byte) (err error) {
	t := &thrift{b: footer}
	var nodes []node
	rows := int64(-1)
	t.fields(func(id int, kind byte) error {
		switch {
		case id == 2 && kind == thriftList:
			t.list(func(byte) {
				if nodes = append(nodes, t.node()); len(nodes) > mostColumns {
					t.fail()
				}
			})
		case id == 3:
			rows, err = t.number("rows", kind, 0, MostRows)
			return err
		case id == 4 && kind == thriftList:
			t.list(func(byte) { f.groups = append(f.groups, t.group()) })
		case id == 5 && kind == thriftList:
			t.list(func(byte) { f.keyValue(t) })
		case id == 8:
			return errors.New("encrypted columns, which are not read")
		default:
			t.skip(kind, false)
		}
		return nil
	})
	if t.err != nil {
		return fmt.Errorf("footer: %w", t.err)
	}
	if f.Columns, err = columns(nodes); err != nil {
		return err
	}
	f.Rows = int(rows)
	return f.check(rows)
}

// check holds the groups to the schema, the file and the number of rows.
func (f *File) check(rows int64) error {
	sum := int64(0)
	for k, g := range f.groups {
		if len(g.chunks) != len(f.Columns) {
			return fmt.Errorf("row group %d: got %d columns, want %d", k, len(g.chunks), len(f.Columns))
		}
		if sum += g.rows; g.rows < 0 || sum > rows {
			return fmt.Errorf("row group %d: got %d rows, want %d in all", k, g.rows, rows)
		}
		for i, c := range g.chunks {
			what := fmt.Sprintf("row group %d: column %s: ", k, bounded.Name(f.Columns[i].Name))
			if c.elsewhere {
				return errors.New(what + "in another file, which is not read")
			}
			if g.rows == 0 {
				continue // and pyarrow's offsets are of nothing
			}
			if c.begin < int64(len(magic)) || c.size < 0 || c.begin > f.end || c.size > f.end-c.begin {
				return fmt.Errorf(
					"%sgot %d bytes from byte %d on, want them within the %d before the footer",
					what,
					c.size,
					c.begin,
					f.end,
				)
			}
			if Type(c.kind) != f.Columns[i].Type {
				return fmt.Errorf("%sgot %v, want %v as in the schema", what, Type(c.kind), f.Columns[i].Type)
			}
			if !f.Columns[i].Repeated && c.values != g.rows {
				return fmt.Errorf("%sgot %d values, want %d, one for each row", what, c.values, g.rows)
			}
		}
	}
	if sum != rows {
		return fmt.Errorf("row groups: got %d rows, want %d", sum, rows)
	}
	return nil
}

func (f *File) keyValue(t *thrift) {
	var key, value string
	t.fields(func(id int, kind byte) error {
		switch {
		case id == 1 && kind == thriftBinary:
			key = string(t.text())
		case id == 2 && kind == thriftBinary:
			value = string(t.text())
		default:
			t.skip(kind, false)
		}
		return nil
	})
	f.Metadata[key] = value
}

func (t *thrift) group() group {
	var g group
	t.fields(func(id int, kind byte) (err error) {
		switch {
		case id == 1 && kind == thriftList:
			t.list(func(byte) { g.chunks = append(g.chunks, t.chunk()) })
		case id == 3:
			g.rows, err = t.number("rows", kind, 0, MostRows)
		default:
			t.skip(kind, false)
		}
		return err
	})
	return g
}

func (t *thrift) chunk() chunk {
	var c chunk
	there := false
	t.fields(func(id int, kind byte) error {
		switch {
		case id == 1:
			c.elsewhere = true
			t.skip(kind, false)
		case id == 3 && kind == thriftStruct:
			there = true
			t.fields(func(id int, kind byte) error { return t.chunkField(&c, id, kind) })
		default:
			t.skip(kind, false)
		}
		return nil
	})
	if !there && t.err == nil {
		t.b, t.err = nil, errors.New("a column chunk without metadata")
	}
	if c.dictionary > 0 {
		c.begin = min(c.begin, c.dictionary)
	}
	return c
}

// chunkField reads one field of the metadata of a chunk.
func (t *thrift) chunkField(c *chunk, id int, kind byte) (err error) {
	const most = 1 << 62
	switch id {
	case 1:
		c.kind, err = t.number("type", kind, int64(Boolean), int64(FixedBytes))
	case 4:
		c.codec, err = t.number("compression", kind, 0, 1<<20)
	case 5:
		c.values, err = t.number("values", kind, 0, most)
	case 7:
		c.size, err = t.number("compressed size", kind, 0, most)
	case 9:
		c.begin, err = t.number("offset", kind, 0, most)
	case 11:
		c.dictionary, err = t.number("offset of the dictionary", kind, 0, most)
	default:
		t.skip(kind, false)
	}
	return err
}

// noEOF names the end of a file that shrank after its size was taken.
func noEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errors.New("file truncated while it was read")
	}
	return err
}
