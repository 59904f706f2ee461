package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
)

// Bytes decodes a page of a column of bytes: one string for each row, nil for null. They share
// the memory of the page, and no more than 24 bytes each beside it. It reads the dictionary too
// where the page refers to it.
func (f *File) Bytes(p *Page) ([][]byte, error) {
	values, err := decode(f, p, Bytes, func(h *header, b []byte, n int) ([][]byte, error) {
		switch h.encoding {
		case plain:
			return plainBytes(b, n)
		case deltaLengths:
			return deltaLengthBytes(b, n)
		case deltaBytes:
			return deltaByteStrings(b, n)
		case plainDictionary, rleDictionary:
			dictionary, err := f.dictionary(p)
			if err != nil {
				return nil, err
			}
			return refer(b, n, dictionary)
		}
		return nil, unknown(h)
	})
	if err != nil {
		return nil, f.inPage(p, err)
	}
	return values, nil
}

// Ints decodes a page of a column of whole numbers, of which none may be null.
func (f *File) Ints(p *Page) ([]int64, error) {
	kind := f.Columns[p.column].Type
	if kind != Int32 && kind != Int64 {
		return nil, f.inPage(p, fmt.Errorf("got %v, want int32 or int64", kind))
	}
	nulls := 0
	values, err := decode(f, p, kind, func(h *header, b []byte, n int) ([]int64, error) {
		nulls = p.Rows - n
		switch h.encoding {
		case plain:
			return plainInts(b, n, kind)
		case deltaNumbers:
			values, _, err := deltas(b, n)
			return values, err
		case plainDictionary, rleDictionary:
			d, content, err := f.dictionaryPage(p)
			if err != nil {
				return nil, err
			}
			dictionary, err := plainInts(content, int(d.header.values), kind)
			if err != nil {
				return nil, fmt.Errorf("dictionary: %w", err)
			}
			return refer(b, n, dictionary)
		}
		return nil, unknown(h)
	})
	if err == nil && nulls > 0 {
		err = fmt.Errorf("got %d null values, want none", nulls)
	}
	if err != nil {
		return nil, f.inPage(p, err)
	}
	return values, nil
}

// inPage says in which page an error is.
func (f *File) inPage(p *Page, err error) error {
	return fmt.Errorf("parquet: %s: column %s: rows %d to %d: %w", f.Name,
		bounded.Quote(f.Columns[p.column].Name), p.First, p.First+p.Rows-1, err)
}

func unknown(h *header) error {
	return fmt.Errorf("encoding %d, want plain, dictionary or delta", h.encoding)
}

// decode reads the levels of a page, hands the rest to values with how many there are, and puts
// what that returns in the rows that are not null.
func decode[T any](
	f *File,
	p *Page,
	kind Type,
	values func(h *header, b []byte, n int) ([]T, error),
) ([]T, error) {
	c := &f.Columns[p.column]
	if c.Type != kind {
		return nil, fmt.Errorf("got %v, want %v", c.Type, kind)
	}
	if kind == Bytes && p.Rows > MostStrings {
		return nil, fmt.Errorf("got %d byte strings, want at most %d", p.Rows, MostStrings)
	}
	b, err := f.content(p)
	if err != nil {
		return nil, err
	}
	levels, b, err := p.levels(b, c)
	if err != nil {
		return nil, err
	}
	there := p.Rows
	if levels != nil {
		there = 0
		err := runs(levels, c.levelBits(), p.Rows, func(v uint32, times int) {
			if int(v) == c.def {
				there += times
			}
		})
		if err != nil {
			return nil, fmt.Errorf("levels: %w", err)
		}
	}
	some, err := values(&p.header, b, there)
	if err != nil {
		return nil, err
	}
	if len(some) != there {
		return nil, fmt.Errorf("got %d values, want %d", len(some), there)
	}
	if there == p.Rows {
		return some, nil
	}
	all, row := make([]T, p.Rows), 0
	return all, runs(levels, c.levelBits(), p.Rows, func(v uint32, times int) {
		if int(v) == c.def {
			copy(all[row:row+times], some)
			some = some[times:]
		}
		row += times
	})
}

// levels is the part of a page that says which values are null, nil where none may be, and
// what follows.
func (p *Page) levels(b []byte, c *Column) (levels, rest []byte, err error) {
	h := &p.header
	if h.kind == dataPage2 {
		if c.def == 0 {
			return nil, b[h.reps+h.defs:], nil
		}
		return b[h.reps : h.reps+h.defs], b[h.reps+h.defs:], nil
	}
	if c.def == 0 {
		return nil, b, nil
	}
	if h.levels != runLength {
		return nil, nil, fmt.Errorf("levels in encoding %d, want %d", h.levels, runLength)
	}
	n, b, err := uint32At(b)
	if err != nil || uint64(n) > uint64(len(b)) {
		return nil, nil, fmt.Errorf("levels: %w", errCut)
	}
	return b[:n], b[n:], nil
}

// dictionaryPage reads the page that p's numbers refer to.
func (f *File) dictionaryPage(p *Page) (d *Page, content []byte, err error) {
	d = p.dictionary
	if d == nil {
		return nil, nil, fmt.Errorf("a dictionary page, and no dictionary before it")
	}
	if e := d.header.encoding; e != plain && e != plainDictionary {
		return nil, nil, fmt.Errorf("dictionary: encoding %d, want plain", e)
	}
	if content, err = f.content(d); err != nil {
		return nil, nil, fmt.Errorf("dictionary: %w", err)
	}
	return d, content, nil
}

// dictionary reads the byte strings that p's numbers refer to.
func (f *File) dictionary(p *Page) ([][]byte, error) {
	d, content, err := f.dictionaryPage(p)
	if err != nil {
		return nil, err
	}
	values, err := plainBytes(content, int(d.header.values))
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	return values, nil
}

// refer reads n numbers of places in the dictionary: their width in bits, and [runs].
func refer[T any](b []byte, n int, dictionary []T) ([]T, error) {
	if n == 0 {
		return nil, nil
	}
	if len(b) == 0 {
		return nil, errCut
	}
	values, beyond := make([]T, 0, min(n, 1<<12)), -1
	err := runs(b[1:], int(b[0]), n, func(v uint32, times int) {
		if uint64(v) >= uint64(len(dictionary)) {
			beyond = int(v)
			return
		}
		for range times {
			values = append(values, dictionary[v])
		}
	})
	if err == nil && beyond >= 0 {
		err = fmt.Errorf("got place %d in a dictionary of %d", beyond, len(dictionary))
	}
	return values, err
}

// plainInts reads n numbers of four or eight bytes.
func plainInts(b []byte, n int, kind Type) ([]int64, error) {
	width := 4
	if kind == Int64 {
		width = 8
	}
	if n > len(b)/width {
		return nil, errCut
	}
	values := make([]int64, n)
	for i := range values {
		if kind == Int64 {
			values[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		} else {
			values[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
		}
	}
	return values, nil
}
