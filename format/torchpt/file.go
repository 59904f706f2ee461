package torchpt

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/pickle"
)

// What a file may have at most.
const (
	maxPickle  = 64 << 20
	maxEntries = 1 << 18
	maxTensors = 1 << 16
)

// File is an open file of torch.save.
type File struct {
	name    string // for errors
	size    int64
	closer  io.Closer
	folder  string               // that all entries are below, with its slash
	entries map[string]*zip.File // by name below the folder
	parts   map[string]map[string]*tensor
}

// Info describes one tensor of a file.
type Info struct {
	Name  string
	DType string // as torch calls it: float32
	Shape []int  // empty for a scalar
}

// Is reports whether the file at path begins as zip archives do.
func Is(path string) bool {
	f, _, err := bounded.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [4]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && string(head[:]) == "PK\x03\x04"
}

// Open reads what the file at path, which must be a regular file, says of its tensors,
// and leaves these on the disk.
func Open(path string) (*File, error) {
	file, f, err := bounded.Parse("torchpt", path, NewFile)
	if err != nil {
		return nil, err
	}
	file.closer = f
	return file, nil
}

// NewFile is Open of a file of size bytes held by r. The name is used in errors alone.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: bounded.Name(name), size: size, entries: map[string]*zip.File{},
		parts: map[string]map[string]*tensor{}}
	if err := f.read(r); err != nil {
		return nil, fmt.Errorf("torchpt: %s: %w", f.name, err)
	}
	return f, nil
}

func (f *File) read(r io.ReaderAt) error {
	z, err := zip.NewReader(r, f.size)
	if err != nil {
		return fmt.Errorf("got no zip archive (%w), want what torch.save of torch 1.6 or later writes", err)
	}
	if len(z.File) > maxEntries {
		return fmt.Errorf("%d entries, want at most %d", len(z.File), maxEntries)
	}
	for _, e := range z.File {
		folder, rest, ok := strings.Cut(e.Name, "/")
		if ok && rest == "data.pkl" {
			f.folder = folder + "/"
		}
	}
	if f.folder == "" {
		return errors.New("no entry data.pkl: not a file of torch.save")
	}
	for _, e := range z.File {
		name, ok := strings.CutPrefix(e.Name, f.folder)
		if ok && f.entries[name] != nil {
			return fmt.Errorf("two entries %s", bounded.Quote(e.Name))
		}
		if ok {
			f.entries[name] = e
		}
	}
	if f.entries["byteorder"] != nil {
		order, err := f.entry("byteorder", 16)
		if err == nil && string(order) != "little" {
			err = fmt.Errorf("byte order %s, want little", bounded.Quote(string(order)))
		}
		if err != nil {
			return err
		}
	}
	text, err := f.entry("data.pkl", maxPickle)
	if err != nil {
		return err
	}
	root, err := pickle.Reader{Classes: classes(), Persistent: persistent}.Read(text)
	if errors.As(err, new(pickle.UnknownClass)) {
		err = fmt.Errorf("%w: save the state dict alone, torch.save(net.state_dict(), FILE)", err)
	}
	if err != nil {
		return fmt.Errorf("data.pkl: %w", err)
	}
	return f.collect(root)
}

// entry is the content of an entry of at most so many bytes, held to its checksum.
func (f *File) entry(name string, limit uint64) ([]byte, error) {
	e := f.entries[name]
	switch {
	case e == nil:
		return nil, fmt.Errorf("no entry %s", bounded.Quote(name))
	case e.Method != zip.Store || e.CompressedSize64 != e.UncompressedSize64:
		return nil, fmt.Errorf("entry %s is compressed, want it stored", bounded.Quote(name))
	case e.UncompressedSize64 > limit:
		return nil, fmt.Errorf("entry %s: got %d bytes, want at most %d", bounded.Quote(name),
			e.UncompressedSize64, limit)
	}
	fail := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("entry %s: %w", bounded.Quote(name), err)
	}
	r, err := e.Open()
	if err != nil {
		return fail(err)
	}
	defer r.Close()
	at, err := e.DataOffset()
	if end := f.size - int64(e.UncompressedSize64); err != nil || at > end {
		return fail(fmt.Errorf("file truncated: %d bytes from %d on in a file of %d",
			e.UncompressedSize64, at, f.size))
	}
	b := make([]byte, e.UncompressedSize64)
	if _, err := io.ReadFull(r, b); err != nil {
		return fail(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF { // where the checksum is compared
		return fail(fmt.Errorf("its end: %w", err))
	}
	return b, nil
}

// collect finds the parts of what was saved.
func (f *File) collect(root any) error {
	d, ok := root.(*pickle.Dict)
	if !ok {
		return fmt.Errorf("what was saved is %T, want a dictionary of tensors", root)
	}
	all := map[string]*pickle.Dict{"": d}
	for _, item := range d.Items {
		name, text := item.Key.(string)
		if part, ok := item.Value.(*pickle.Dict); ok && text && name != "" {
			all[name] = part
		}
	}
	count := 0
	for _, part := range slices.Sorted(maps.Keys(all)) {
		tensors := map[string]*tensor{}
		for _, item := range all[part].Items {
			name, text := item.Key.(string)
			if t, ok := item.Value.(*tensor); ok && text {
				tensors[name] = t
			}
		}
		if len(tensors) > 0 {
			f.parts[part] = tensors
		}
		count += len(tensors)
	}
	if count > maxTensors || count == 0 {
		return fmt.Errorf("%d tensors, want between 1 and %d", count, maxTensors)
	}
	return nil
}

// Close closes the file that Open opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Parts lists the dictionaries that hold tensors, by name; "" is the one that was saved.
func (f *File) Parts() []string { return slices.Sorted(maps.Keys(f.parts)) }

// Tensors lists the tensors of a part by name.
func (f *File) Tensors(part string) []Info {
	var infos []Info
	for _, name := range slices.Sorted(maps.Keys(f.parts[part])) {
		t := f.parts[part][name]
		shape := make([]int, len(t.shape))
		for i, n := range t.shape {
			shape[i] = int(n)
		}
		infos = append(infos, Info{name, t.dtype.name, shape})
	}
	return infos
}
