package datasets

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/parquet"
	"github.com/stillfield/stillfield/format/raster"
)

// columnNames lists the columns of a file for a message.
func columnNames(f *parquet.File) string {
	var names []string
	for _, c := range f.Columns {
		names = append(names, c.Name)
	}
	return listed(names)
}

// columnNamed is the column of that name, or the bytes of the structure of that name.
func columnNamed(f *parquet.File, name string) (*parquet.Column, error) {
	for _, name := range []string{name, name + ".bytes"} {
		for i := range f.Columns {
			if f.Columns[i].Name == name {
				return &f.Columns[i], nil
			}
		}
	}
	return nil, fmt.Errorf("got no column %s, want one of %s", bounded.Quote(name), columnNames(f))
}

// imageColumn is the name of the column that was said, or of the one whose first value begins as a
// picture does.
func imageColumn(f *parquet.File, said string) (string, error) {
	if said != "" {
		c, err := columnNamed(f, said)
		if err != nil {
			return "", fmt.Errorf("%s: image: %w", f.Name, err)
		}
		return c.Name, nil
	}
	var found []string
	for i := range f.Columns {
		c := &f.Columns[i]
		if c.Type != parquet.Bytes || c.Repeated {
			continue
		}
		is, err := beginsWithPicture(f, c)
		if err != nil {
			return "", err
		}
		if is {
			found = append(found, c.Name)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf(
			"got no column of pictures among %s, want one whose bytes begin as a picture does",
			columnNames(f),
		)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf(
		"%s: got pictures in the columns %s, want image to say which",
		f.Name,
		listed(found),
	)
}

// beginsWithPicture reports whether the first value of a column that is not null is a picture's, of
// a format that is read or not.
func beginsWithPicture(f *parquet.File, c *parquet.Column) (bool, error) {
	pages, err := f.Pages(c)
	if err != nil {
		return false, err
	}
	for i := range pages[:min(len(pages), 4)] {
		values, err := f.Bytes(&pages[i])
		if err != nil {
			return false, err
		}
		for _, v := range values {
			if v != nil {
				format, _ := raster.Sniff(v)
				return format != "", nil
			}
		}
	}
	return false, nil
}

// parquetLabels are the classes of the rows.
type parquetLabels struct {
	column  string   // "" for none
	names   []string // of the classes
	classes []int32  // of each row, nil for none
	words   []string // of each row, where the column has names
}

// find finds the column: the one that was said, or one called label, or the one that is a class by
// what Hugging Face's library wrote of it, or one of a usual name.
func (l *parquetLabels) find(f *parquet.File, said string) error {
	features := classFeatures(f.Metadata["huggingface"])
	isClass := func(name string) bool { _, is := features[name]; return is }
	there := func(name string) bool { _, err := columnNamed(f, name); return err == nil }
	is := func(name string) bool {
		c, err := columnNamed(f, name)
		return err == nil &&
			slices.Contains([]parquet.Type{parquet.Int32, parquet.Int64, parquet.Bytes}, c.Type) &&
			!c.Repeated
	}
	switch {
	case said == "none":
		return nil
	case said != "":
		l.column = said
	case there("label"):
		l.column = "label"
	default:
		var known []string
		for name := range features {
			if is(name) {
				known = append(known, name)
			}
		}
		for _, name := range []string{"labels", "class", "fine_label", "target", "y"} {
			if is(name) && !isClass(name) {
				known = append(known, name)
			}
		}
		slices.Sort(known)
		if len(known) > 1 {
			return fmt.Errorf("got classes in the columns %s, want label to say which", listed(known))
		}
		l.column = strings.Join(known, "")
	}
	if l.column == "" {
		return nil
	}
	if c, err := columnNamed(f, l.column); err != nil {
		return fmt.Errorf("label: %w", err)
	} else if !is(l.column) {
		return fmt.Errorf("label: got %s, a column of %v, want whole numbers or names, or label=none", c.Name,
			c.Type)
	}
	l.names = features[l.column]
	return nil
}

// classFeatures are the names of the classes of each column that has them, by what Hugging Face's
// library writes into the file: {"info": {"features": {"label": {"names": […], "_type": "ClassLabel"}}}}.
// What is malformed says nothing.
func classFeatures(text string) map[string][]string {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	classes := map[string][]string{}
	if json.Unmarshal([]byte(text), &meta) != nil {
		return classes
	}
	for name, raw := range meta.Info.Features {
		var feature struct {
			Names []string `json:"names"`
			Type  string   `json:"_type"`
		}
		if json.Unmarshal(raw, &feature) == nil && feature.Type == "ClassLabel" {
			classes[name] = feature.Names
		}
	}
	return classes
}

// read adds the classes of the rows of one more file.
func (l *parquetLabels) read(f *parquet.File) error {
	if l.column == "" {
		return nil
	}
	c, err := columnNamed(f, l.column)
	if err != nil {
		return fmt.Errorf("label: %w", err)
	}
	pages, err := f.Pages(c)
	if err != nil {
		return err
	}
	for i := range pages {
		if c.Type == parquet.Bytes {
			err = l.readWords(f, &pages[i])
		} else {
			err = l.readNumbers(f, &pages[i])
		}
		if err != nil {
			return fmt.Errorf("%w; label=none takes the pictures without", err)
		}
	}
	return nil
}

func (l *parquetLabels) readNumbers(f *parquet.File, p *parquet.Page) error {
	const most = 1 << 20
	want := most
	if len(l.names) > 0 {
		want = len(l.names)
	}
	values, err := f.Ints(p)
	for i, k := range values {
		if k < 0 || k >= int64(want) {
			return fmt.Errorf("label: row %d: got %d, want 0 to %d", p.First+i, k, want-1)
		}
		l.classes = append(l.classes, int32(k))
	}
	return err
}

func (l *parquetLabels) readWords(f *parquet.File, p *parquet.Page) error {
	values, err := f.Bytes(p)
	for i, w := range values {
		if len(w) == 0 || len(w) > 256 {
			return fmt.Errorf("label: row %d: got %d bytes, want a name of 1 to 256", p.First+i, len(w))
		}
		l.words = append(l.words, string(w))
	}
	return err
}
