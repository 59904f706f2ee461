package parquet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// rows of the files that testdata/make.py writes.
const rows = 60

// picture is the byte string of row i.
func picture(i int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "picture %d ", i%50), i%5+1)
}

// column is the one of that name.
func column(t *testing.T, f *File, name string) *Column {
	t.Helper()
	for i := range f.Columns {
		if f.Columns[i].Name == name {
			return &f.Columns[i]
		}
	}
	t.Fatalf("no column %s among %v", name, f.Columns)
	return nil
}

// all reads every page of a column.
func all[T any](f *File, c *Column, read func(*Page) ([]T, error)) (values []T, err error) {
	pages, err := f.Pages(c)
	if err != nil {
		return nil, err
	}
	for i := range pages {
		p := &pages[i]
		some, err := read(p)
		if err != nil {
			return nil, err
		}
		if p.First != len(values) || p.Rows != len(some) {
			return nil, fmt.Errorf("page %d: %d rows from %d, want %d from %d", i, p.Rows, p.First, len(some),
				len(values))
		}
		values = append(values, some...)
	}
	return values, nil
}

// Files of every encoding, version and compression that are read hold the same.
func TestPyarrow(t *testing.T) {
	for _, name := range []string{"default", "none", "snappy", "gzip", "zstd", "plain", "version2", "plain2",
		"delta", "delta2", "index"} {
		f, err := Open(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Rows != rows || name == "default" && f.Metadata["huggingface"] != `{"info": {}}` {
			t.Errorf("%s: %d rows, metadata %v", name, f.Rows, f.Metadata)
		}
		image, err1 := all(f, column(t, f, "image.bytes"), f.Bytes)
		raw, err2 := all(f, column(t, f, "raw"), f.Bytes)
		labels, err3 := all(f, column(t, f, "label"), f.Ints)
		small, err4 := all(f, column(t, f, "small"), f.Ints)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			t.Errorf("%s: %v, %v, %v, %v", name, err1, err2, err3, err4)
			continue
		}
		if len(image) != rows || len(raw) != rows || len(labels) != rows || len(small) != rows {
			t.Errorf("%s: %d, %d, %d and %d rows", name, len(image), len(raw), len(labels), len(small))
			continue
		}
		for i := range rows {
			want := picture(i)
			if !bytes.Equal(raw[i], want) || labels[i] != int64(i*7%10) || small[i] != -labels[i] {
				t.Errorf("%s: row %d: %q, %d, %d", name, i, raw[i], labels[i], small[i])
			}
			if null := i%9 == 4; null != (image[i] == nil) || !null && !bytes.Equal(image[i], want) {
				t.Errorf("%s: row %d: %q, want %q, null %t", name, i, image[i], want, null)
			}
		}
	}
}

// What is not read is refused by its name.
func TestPyarrowRefused(t *testing.T) {
	for _, tt := range []struct{ file, column, want string }{
		{"brotli", "raw", "compression brotli, want none, snappy, gzip or zstd"},
		{"lz4", "raw", "compression lz4_raw, want"},
		{"list", "raw.list.element", "got lists, want one value for each row"},
		{"null", "label", "rows 0 to 2: got 1 null values"},
		{"default", "small", "got int32, want bytes"},
	} {
		f, err := Open(filepath.Join("testdata", tt.file+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c := column(t, f, tt.column)
		if c.Type == Bytes || tt.file == "default" {
			_, err = all(f, c, f.Bytes)
		} else {
			_, err = all(f, c, f.Ints)
		}
		if err == nil || !strings.Contains(err.Error(), tt.file+".parquet: column") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.file, err, tt.want)
		}
	}
	f, err := Open("testdata/empty.parquet")
	if err != nil || f.Rows != 0 {
		t.Fatal(f, err)
	}
	if pages, err := f.Pages(column(t, f, "raw")); err != nil || len(pages) > 0 {
		t.Errorf("no rows: %v, %v", pages, err)
	}
}

// readAll decodes every column that can be.
func readAll(data []byte) error {
	f, err := NewFile(bytes.NewReader(data), int64(len(data)), "x.parquet")
	if err != nil {
		return err
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		switch c.Type {
		case Bytes:
			_, err = all(f, c, f.Bytes)
		case Int32, Int64:
			_, err = all(f, c, f.Ints)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A file that is cut is refused wherever that is, and one of which any byte is changed costs no
// more than it may.
func TestDamage(t *testing.T) {
	for _, name := range []string{"plain2", "delta"} {
		whole, err := os.ReadFile("testdata/" + name + ".parquet")
		if err != nil {
			t.Fatal(err)
		}
		if err := readAll(whole); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n += 17 {
			if err := readAll(whole[:n]); err == nil ||
				!strings.HasPrefix(err.Error(), "parquet: x.parquet: ") {
				t.Errorf("%s cut after %d of %d bytes: %v", name, n, len(whole), err)
			}
		}
		data := bytes.Clone(whole)
		for i := 0; i < len(data); i += 3 {
			for _, flip := range []byte{0x80, 0xff} {
				data[i] ^= flip
				if got := allocated(func() { readAll(data) }); got > 32<<20 {
					t.Errorf("%s: byte %d ^ %#x: %d bytes allocated", name, i, flip, got)
				}
				data[i] ^= flip
			}
		}
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// With a checksum, no byte of a page can be changed unseen.
func TestChecksums(t *testing.T) {
	whole, err := os.ReadFile("testdata/plain2.parquet")
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(whole, []byte("picture 31 "))
	if at < 0 {
		t.Fatal("the page is compressed otherwise than was thought")
	}
	whole[at] ^= 1
	if err := readAll(whole); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a changed byte: %v", err)
	}
}

// FuzzFile: no panic, whatever the bytes.
func FuzzFile(f *testing.F) {
	names, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(names) == 0 {
		f.Fatal("no files to begin with: ", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, data []byte) { readAll(data) })
}
