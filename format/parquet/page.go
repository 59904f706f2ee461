package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/stillfield/stillfield/format/bounded"
)

const (
	// MostPage bounds the bytes of a page, unpacked. pyarrow puts 1,024 values on a page
	// before it looks how long that has become.
	MostPage = 1 << 30
	// MostValues bounds the values of a page, nulls counted, and MostStrings those that are
	// byte strings: a run of as many, or of nulls, is five bytes.
	MostValues  = 1 << 24
	MostStrings = 1 << 20

	mostHeader = 1 << 20 // bytes of a page's header, which may have its least and greatest value
)

// Page is a part of a column, as its header describes it.
type Page struct {
	First int // the row of its first value
	Rows  int

	column, group int
	header        header
	at            int64 // of its bytes, in the file
	dictionary    *Page // nil where there is none
}

// header is what a page says of itself.
type header struct {
	kind             int64 // one of the page types
	unpacked, packed int64 // bytes
	checksum         int64
	checked          bool
	values           int64
	encoding         int64
	levels           int64 // how version 1 encodes which values are null
	defs, reps       int64 // bytes of levels, which version 2 leaves unpacked
	plain            bool  // version 2: the values are not compressed whatever the column says
}

// The types of pages.
const (
	dataPage       = 0
	indexPage      = 1
	dictionaryPage = 2
	dataPage2      = 3
)

// Pages lists the pages of a column in order. It reads the header of each, one read of 4 KiB as
// a rule.
func (f *File) Pages(c *Column) ([]Page, error) {
	if c.Repeated {
		return nil, fmt.Errorf("parquet: %s: column %s: got lists, want one value for each row", f.Name,
			bounded.Quote(c.Name))
	}
	var pages []Page
	row := 0
	for k := range f.groups {
		of, err := f.pagesOf(c, k, row)
		if err != nil {
			return nil, fmt.Errorf(
				"parquet: %s: row group %d: column %s: %w",
				f.Name,
				k,
				bounded.Quote(c.Name),
				err,
			)
		}
		pages = append(pages, of...)
		row += int(f.groups[k].rows)
	}
	return pages, nil
}

// pagesOf lists the pages of one chunk, the first of which begins with a given row.
func (f *File) pagesOf(c *Column, k, row int) (pages []Page, err error) {
	chunk := f.groups[k].chunks[c.index]
	end, left := chunk.begin+chunk.size, chunk.values
	var dictionary *Page
	for at := chunk.begin; at < end && left > 0; {
		p := Page{First: row, column: c.index, group: k, dictionary: dictionary}
		var n int64
		if p.header, n, err = f.header(at, end); err != nil {
			return nil, fmt.Errorf("page at byte %d: %w", at, err)
		}
		p.at, at = at+n, at+n+p.header.packed
		switch p.header.kind {
		case indexPage:
		case dictionaryPage:
			dictionary = &p
		default:
			if p.header.values > left {
				return nil, fmt.Errorf(
					"page at byte %d: got %d values, want at most the %d that are left",
					p.at,
					p.header.values,
					left,
				)
			}
			left -= p.header.values
			p.Rows = int(p.header.values)
			row += p.Rows
			if p.Rows > 0 {
				pages = append(pages, p)
			}
		}
	}
	if left > 0 {
		return nil, fmt.Errorf("pages: got %d values, want %d", chunk.values-left, chunk.values)
	}
	return pages, nil
}

// header reads the header of the page at a place, and its length. Nothing reaches beyond end.
func (f *File) header(at, end int64) (h header, n int64, err error) {
	for size := min(4<<10, end-at); ; size = min(16*size, mostHeader, end-at) {
		b := make([]byte, size)
		if got, err := f.data.ReadAt(b, at); got < len(b) {
			return h, 0, noEOF(err)
		}
		t := &thrift{b: b}
		h = t.header()
		if t.err == nil {
			n = size - int64(len(t.b))
			if h.packed > end-at-n {
				return h, 0, fmt.Errorf("got %d bytes, want at most the %d that are left", h.packed, end-at-n)
			}
			return h, n, h.check()
		}
		if !errors.Is(t.err, errThrift) || size == end-at || size == mostHeader {
			return h, 0, fmt.Errorf("header: %w", t.err)
		}
	}
}

// check refuses what no page has.
func (h *header) check() error {
	switch {
	case h.kind == indexPage:
	case h.values < 0:
		return errors.New("header: no number of values")
	case h.defs+h.reps > min(h.packed, h.unpacked):
		return fmt.Errorf("header: got %d bytes of levels of %d", h.defs+h.reps, h.packed)
	}
	return nil
}

func (t *thrift) header() header {
	h := header{kind: -1, values: -1, levels: runLength}
	t.fields(func(id int, kind byte) (err error) {
		switch {
		case id == 1:
			h.kind, err = t.number("type of page", kind, dataPage, dataPage2)
		case id == 2:
			h.unpacked, err = t.number("bytes unpacked", kind, 0, MostPage)
		case id == 3:
			h.packed, err = t.number("bytes", kind, 0, MostPage)
		case id == 4:
			h.checksum, err = t.number("checksum", kind, -1<<31, 1<<32)
			h.checked = true
		case kind == thriftStruct && (id == 5 && h.kind == dataPage || id == 7 && h.kind == dictionaryPage ||
			id == 8 && h.kind == dataPage2):
			t.fields(func(id int, kind byte) error { return t.dataField(&h, id, kind) })
		default:
			t.skip(kind, false)
		}
		return err
	})
	return h
}

// dataField reads a field of the header of a data or dictionary page.
func (t *thrift) dataField(h *header, id int, kind byte) (err error) {
	two := h.kind == dataPage2
	switch {
	case id == 1:
		h.values, err = t.number("values", kind, 0, MostValues)
	case id == 2 && !two, id == 4 && two:
		h.encoding, err = t.number("encoding", kind, 0, 1<<20)
	case id == 3 && h.kind == dataPage:
		h.levels, err = t.number("encoding of levels", kind, 0, 1<<20)
	case id == 5 && two:
		h.defs, err = t.number("bytes of definition levels", kind, 0, MostPage)
	case id == 6 && two:
		h.reps, err = t.number("bytes of repetition levels", kind, 0, MostPage)
	case id == 7 && two && (kind == thriftTrue || kind == thriftFalse):
		h.plain = kind == thriftFalse
	default:
		t.skip(kind, false)
	}
	return err
}

// content reads a page, and unpacks its values and the levels of version 1 before them.
func (f *File) content(p *Page) ([]byte, error) {
	h := &p.header
	raw := make([]byte, h.packed) // there are as many before the footer
	if n, err := f.data.ReadAt(raw, p.at); n < len(raw) && (err != io.EOF || n < len(raw)) {
		return nil, noEOF(err)
	}
	if h.checked && crc32.ChecksumIEEE(raw) != uint32(h.checksum) {
		return nil, fmt.Errorf("checksum %08x ≠ %08x", crc32.ChecksumIEEE(raw), uint32(h.checksum))
	}
	codec := f.groups[p.group].chunks[p.column].codec
	if h.plain {
		codec = uncompressed
	}
	levels := h.defs + h.reps
	out, err := unpack(codec, raw[:levels:levels], raw[levels:], int(h.unpacked))
	if err != nil {
		return nil, err
	}
	if len(out) != int(h.unpacked) {
		return nil, fmt.Errorf("got %d bytes unpacked, want %d", len(out), h.unpacked)
	}
	return out, nil
}
