package datasets

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/raster"
)

// A holder has the encoded pictures of a source by number. Its methods are called from any
// goroutine.
type holder interface {
	// picture is the bytes of one, which nobody writes.
	picture(i int) ([]byte, error)
	// record names one: the file, and where it is in that.
	record(i int) (file, record string)
	// files are those that the pictures are in, in the directory root; single where each has one
	// of its own, in their order.
	files() (root string, names []string, single bool)
	// from says what decides the pictures beside the files, such as the name of a column.
	from() string
}

// encoded is a source of pictures as other programs wrote them, in files of their own or in larger
// ones, decoded as they are asked for. Memory holds a label of each, what the holder does, and, where
// all of them fit in what the parameter cache allows, their pixels once they have been read.
type encoded struct {
	info   Info
	holder holder
	labels []int32  // nil where there are none
	names  []string // of the classes, nil where they have none
	notes  []string
	wanted raster.Wanted
	value  [256]float32
	kept   *kept     // nil where pixels are not kept
	spare  sync.Pool // of *[]uint8, where pixels are not kept: memory of one picture
}

// newEncoded looks at each of count pictures once, for the fingerprint, the size and the channels.
// It decodes none.
func newEncoded(name string, h holder, count int, labels []int32, names []string, v choice.Values) (*encoded,
	error) {
	classes := len(names)
	for _, k := range labels {
		classes = max(classes, int(k)+1)
	}
	e := &encoded{holder: h, labels: labels, names: names, value: byteValues(255), wanted: wantedOf(v),
		info: Info{Name: name, Count: count, Classes: classes, Image: true, Lo: -1, Hi: 1, Levels: 256,
			Decodes: true}}
	all, err := e.look(v.Bool(skipBad.Name))
	if err != nil {
		return nil, err
	}
	if e.wanted.C == 0 {
		e.wanted.C = map[bool]int{true: 1, false: 3}[all.Gray]
	}
	e.info.Shape = Shape{e.wanted.H, e.wanted.W, e.wanted.C}
	if e.wanted.H == 0 {
		e.info.Shape.H, e.info.Shape.W = all.H, all.W
	}
	e.info.Fingerprint = e.fingerprint(all)
	if count*e.info.Shape.Len() <= v.Int("cache")<<20 {
		e.kept = newKept(count)
	}
	return e, nil
}

func (e *encoded) Info() Info { return e.info }

// ClassNames are the names of the classes, nil where they have none.
func (e *encoded) ClassNames() []string { return e.names }

// Notes are lines about what was found and passed over.
func (e *encoded) Notes() []string { return e.notes }

// note says what was found, for whoever opened them.
func (e *encoded) note(passedOver string) {
	text := fmt.Sprintf("%d pictures as %v", e.info.Count, e.info.Shape)
	if n := len(e.names); n > 0 {
		text += fmt.Sprintf(" in %d classes: %s", n, listed(e.names))
	}
	e.notes = append(e.notes, text+passedOver)
}

// listed is the names in one line, of many the first and the last.
func listed(names []string) string {
	const most = 20
	var quoted []string
	for i, name := range names {
		switch {
		case len(names) <= most || i < most-1 || i == len(names)-1:
			quoted = append(quoted, bounded.Name(name))
		case i == most-1:
			quoted = append(quoted, "…")
		}
	}
	return strings.Join(quoted, ", ")
}

// Read decodes one picture, or takes its pixels from those that are kept.
func (e *encoded) Read(dst []float32, i int) (int32, error) {
	checkRead(&e.info, dst, i)
	if pixels := e.kept.get(i); pixels != nil {
		e.values(dst, pixels)
	} else if err := e.decode(dst, i); err != nil {
		return NoLabel, fmt.Errorf("datasets: %s: %w", e.info.Name, err)
	}
	if e.labels == nil {
		return NoLabel, nil
	}
	return e.labels[i], nil
}

// decode writes one picture to dst, and keeps its pixels where they are kept.
func (e *encoded) decode(dst []float32, i int) error {
	data, err := e.holder.picture(i)
	if err != nil {
		return err
	}
	spare := new([]uint8)
	if e.kept == nil {
		if lent, ok := e.spare.Get().(*[]uint8); ok {
			spare = lent
		}
		defer e.spare.Put(spare)
	}
	m, err := raster.DecodeInto(*spare, data, e.wanted)
	if s := e.info.Shape; err == nil && (m.H != s.H || m.W != s.W) {
		err = fmt.Errorf("got %d×%d pixels, want %v", m.H, m.W, s)
	}
	if err != nil {
		return e.bad(i, err)
	}
	*spare = m.Pix
	e.kept.put(i, m.Pix)
	e.values(dst, m.Pix)
	return nil
}

// values writes what pixels become to dst, of as many.
func (e *encoded) values(dst []float32, pixels []uint8) {
	dst = dst[:len(pixels)]
	for k, p := range pixels {
		dst[k] = e.value[p]
	}
}

// bad is the error of a record that cannot be decoded.
func (e *encoded) bad(i int, err error) *BadRecord {
	file, record := e.holder.record(i)
	return &BadRecord{File: file, Record: record, Err: err}
}

// inFile is the record as a message names it that has named the file, or a neighbour, before.
func (e *encoded) inFile(i int) string {
	file, record := e.holder.record(i)
	if record == "" {
		record = filepath.Base(file)
	}
	return bounded.Name(record)
}

// place is the record as a message names it.
func (e *encoded) place(i int) string {
	file, record := e.holder.record(i)
	if record == "" {
		return bounded.Name(file)
	}
	return bounded.Name(file) + ": " + bounded.Name(record)
}
