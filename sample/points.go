package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/npy"
)

// pointsFile is samples.npy while it is drawn: what is finished stands where it will be,
// and nothing, or zeros, where the rest will.
type pointsFile struct {
	f    *os.File
	path string
	base int64 // bytes of the header
	dim  int
	buf  []byte // of a point
}

// openPoints opens the points at path, of that shape in all, or makes them.
func openPoints(path string, shape []int, dim int) (*pointsFile, error) {
	header, err := npy.Header(shape)
	if err != nil {
		return nil, err
	}
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, want a regular file or nothing", path, bounded.Kind(st.Mode()))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt(header, 0); err != nil {
		f.Close()
		return nil, err
	}
	return &pointsFile{f, path, int64(len(header)), dim, make([]byte, 4*dim)}, nil
}

// put writes point i and returns the CRC-32C of its bytes.
func (p *pointsFile) put(i int, x []float32) (uint32, error) {
	for e, v := range x {
		binary.LittleEndian.PutUint32(p.buf[4*e:], math.Float32bits(v))
	}
	_, err := p.f.WriteAt(p.buf, p.base+int64(i)*int64(len(p.buf)))
	return crc32.Checksum(p.buf, castagnoli), err
}

// get reads point i into x and returns the CRC-32C of its bytes; those behind the end of
// the file are 0.
func (p *pointsFile) get(i int, x []float32) (uint32, error) {
	n, err := p.f.ReadAt(p.buf, p.base+int64(i)*int64(len(p.buf)))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	clear(p.buf[n:])
	for e := range x {
		x[e] = math.Float32frombits(binary.LittleEndian.Uint32(p.buf[4*e:]))
	}
	return crc32.Checksum(p.buf, castagnoli), nil
}

// rename gives the file its name, when all of it is on the disk.
func (p *pointsFile) rename(path string) error {
	if err := errors.Join(p.f.Sync(), p.f.Close()); err != nil { // an open file cannot be renamed everywhere
		return err
	}
	err := os.Rename(p.path, path)
	if err == nil {
		p.path = path
	}
	f, again := os.OpenFile(p.path, os.O_RDWR, 0)
	p.f = f
	return errors.Join(err, again)
}
