package datasets

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/gunzip"
)

// An idx file is a magic number, the extents of an array and its elements, all
// big-endian (Y. LeCun, C. Cortes and C. Burges, the MNIST database):
//
//	0 0 type rank    extent × rank, 4 bytes each    elements
//
// Images and labels have elements of one byte, type 8. The whole file may be
// gzipped; its first two bytes tell, not its name.

// idxMost is the most elements that a file may hold, and so the most bytes that
// are kept of it: 2 GiB, three times the largest file of the family, EMNIST by
// class. It is the one limit. How far a file shrank under gzip tells nothing: an
// honest file of blank images shrinks a thousandfold, as a bomb does. A bomb is
// known by holding more than its header asks for, or by asking for more than this.
const idxMost = 1<<31 - 1

// readIdxFile reads a whole file; see readIdx.
func readIdxFile(path string, rank int) (extents []int, data []byte, err error) {
	f, _, err := bounded.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: idx: %w", err)
	}
	defer f.Close()
	extents, data, err = readIdx(f, rank)
	if err != nil {
		return nil, nil, fmt.Errorf("datasets: idx: %s: %w", bounded.Name(path), err)
	}
	return extents, data, nil
}

// readIdx reads an array of bytes of the given rank, gzipped or not, and requires
// r to end with it. The memory it takes is at most three times the elements that
// are there, whatever extents the header claims.
func readIdx(r io.Reader, rank int) (extents []int, data []byte, err error) {
	in := bufio.NewReader(r)
	if head, _ := in.Peek(2); gunzip.Zipped(head) {
		zip, err := gunzip.NewReader(in)
		if err != nil {
			return nil, nil, err
		}
		in = bufio.NewReader(zip)
	}
	header := make([]byte, 4+4*rank)
	if n, err := io.ReadFull(in, header); err != nil {
		return nil, nil, fmt.Errorf("header: got %d bytes, want %d: %w", n, len(header), err)
	}
	want := uint32(8<<8 | rank)
	if magic := binary.BigEndian.Uint32(header); magic != want {
		return nil, nil, fmt.Errorf("magic number: got %#08x, want %#08x (bytes, rank %d)", magic, want, rank)
	}
	extents = make([]int, rank)
	total := uint64(1)
	for k := range extents {
		e := binary.BigEndian.Uint32(header[4+4*k:])
		total *= uint64(e) // below 2⁶³: the last product was below 2³¹
		if e == 0 || total > idxMost {
			return nil, nil, fmt.Errorf("extents: got %s, want at least 1 each and at most %d elements",
				extentsOf(header[4:]), idxMost)
		}
		extents[k] = int(e)
	}
	data, err = readExactly(in, int(total))
	if err != nil {
		return nil, nil, fmt.Errorf("extents %s: %w", extentsOf(header[4:]), err)
	}
	return extents, data, nil
}

// extentsOf prints what a header claims: "60000×28×28".
func extentsOf(header []byte) string {
	var s []string
	for ; len(header) >= 4; header = header[4:] {
		s = append(s, fmt.Sprint(binary.BigEndian.Uint32(header)))
	}
	return strings.Join(s, "×")
}

// readExactly reads the total bytes that r must hold, no fewer and no more. The
// buffer starts at 1 MiB and doubles as bytes arrive.
func readExactly(r io.Reader, total int) ([]byte, error) {
	buf := make([]byte, min(total, 1<<20))
	for have := 0; ; {
		n, err := io.ReadFull(r, buf[have:])
		have += n
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("elements: got %d bytes, want %d: %w", have, total, io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, fmt.Errorf("elements: byte %d of %d: %w", have, total, err)
		}
		if have == total {
			break
		}
		grown := make([]byte, min(total, 2*len(buf)))
		copy(grown, buf)
		buf = grown
	}
	// Reading to the end has gzip compare its checksum.
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("elements: got more than %d bytes, want %d", total, total)
	case err != io.EOF:
		return nil, fmt.Errorf("after %d elements: %w", total, err)
	}
	return buf, nil
}
