package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/spill"
)

// MostUnpacked bounds the bytes of a compressed member of an archive, which is unpacked to a
// temporary file.
const MostUnpacked = 1 << 38

// Archive is an .npz file: a zip of .npy files, named after the arrays that they hold.
type Archive struct {
	name    string // for errors
	closers []io.Closer
	members map[string]*zip.File
	data    io.ReaderAt
	size    int64
}

// OpenArchive reads the directory of an .npz file. Its arrays stay where they are.
func OpenArchive(path string) (*Archive, error) {
	f, size, err := bounded.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	a, err := NewArchive(f, size, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	a.closers = append(a.closers, f)
	return a, nil
}

// NewArchive is [OpenArchive] of the size bytes of r. The name is used in errors alone.
func NewArchive(r io.ReaderAt, size int64, name string) (*Archive, error) {
	a := &Archive{name: bounded.Name(name), members: map[string]*zip.File{}, data: r, size: size}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("npy: %s: not an npz file, or a part of one: %w", a.name, err)
	}
	for _, f := range z.File {
		key, isArray := strings.CutSuffix(f.Name, ".npy")
		if _, twice := a.members[key]; twice {
			return nil, fmt.Errorf("npy: %s: two members have the name %s", a.name, bounded.Quote(key))
		}
		if isArray {
			a.members[key] = f
		}
	}
	if len(a.members) == 0 {
		return nil, fmt.Errorf("npy: %s: no arrays among its %d members", a.name, len(z.File))
	}
	return a, nil
}

// Names lists the arrays in alphabetical order.
func (a *Archive) Names() []string {
	names := make([]string, 0, len(a.members))
	for name := range a.members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Open opens one array. One that is stored is read in place, and its checksum is not
// compared; one that is compressed is unpacked, whole and once, to a temporary file (see
// package spill), and its checksum compared.
func (a *Archive) Open(name string) (*File, error) {
	f, ok := a.members[name]
	if !ok {
		return nil, fmt.Errorf("npy: %s: no array %s, it has %s", a.name, bounded.Quote(name),
			bounded.Quote(strings.Join(a.Names(), ", ")))
	}
	full := a.name + ": " + bounded.Name(name)
	fail := func(err error) (*File, error) { return nil, fmt.Errorf("npy: %s: %w", full, err) }
	size := f.UncompressedSize64
	if f.Method == zip.Store {
		at, err := f.DataOffset()
		if err != nil {
			return fail(err)
		}
		if there := a.size - at; size != f.CompressedSize64 || there < 0 || size > uint64(there) {
			return fail(
				fmt.Errorf("stored in %d bytes, said to have %d, of %d that follow", f.CompressedSize64,
					size, there),
			)
		}
		return NewFile(io.NewSectionReader(a.data, at, int64(size)), int64(size), full)
	}
	if size > MostUnpacked {
		return fail(fmt.Errorf("%d bytes unpacked, want at most %d, or numpy.savez, which does not compress",
			size, int64(MostUnpacked)))
	}
	r, err := f.Open()
	if err != nil {
		return fail(err)
	}
	defer r.Close()
	unpacked, err := spill.New(r, int64(size)) // zip too refuses more than it says
	if err != nil {
		return fail(err)
	}
	a.closers = append(a.closers, unpacked)
	return NewFile(unpacked, unpacked.Size, full)
}

// Close closes the archive and everything opened from it.
func (a *Archive) Close() error {
	var errs []error
	for _, c := range a.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
