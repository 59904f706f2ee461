package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The encodings of the format, by their numbers in it.
const (
	plain           = 0
	plainDictionary = 2 // of version 1, the same as rleDictionary
	runLength       = 3
	deltaNumbers    = 5
	deltaLengths    = 6
	deltaBytes      = 7
	rleDictionary   = 8
)

var errCut = errors.New("values cut")

// uint32At reads four bytes, little endian.
func uint32At(b []byte) (uint32, []byte, error) {
	if len(b) < 4 {
		return 0, nil, errCut
	}
	return binary.LittleEndian.Uint32(b), b[4:], nil
}

// runs reads n numbers of so many bits in the hybrid of runs and packed groups of eight, and
// hands each to f with how often it stands there in a row:
//
//	uvarint 2k      the number in whole bytes, k times
//	uvarint 2k+1    8k numbers, the first in the lowest bits
func runs(b []byte, width, n int, f func(v uint32, times int)) error {
	if width > 32 {
		return fmt.Errorf("numbers of %d bits, want at most 32", width)
	}
	if width == 0 {
		f(0, n)
		return nil
	}
	for n > 0 {
		head, k := binary.Uvarint(b)
		if k <= 0 || head>>1 == 0 {
			return errCut
		}
		b = b[k:]
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(b) < size {
				return errCut
			}
			var whole [4]byte
			copy(whole[:], b[:size])
			times := int(min(head>>1, uint64(n)))
			f(binary.LittleEndian.Uint32(whole[:]), times)
			b, n = b[size:], n-times
			continue
		}
		count := int(min(head>>1, uint64(n+7)/8)) * 8
		size := min(count*width/8, len(b)) // the last group may be cut where it says nothing
		have := min(count, n)
		if size*8 < have*width {
			return errCut
		}
		for i := range have {
			f(uint32(packed(b[:size], i*width, width)), 1)
		}
		b, n = b[size:], n-have
	}
	return nil
}

// packed is the number of so many bits, at most 64, that begins at a bit of b.
func packed(b []byte, at, width int) uint64 {
	x, have := uint64(0), 0
	for have < width {
		part := uint64(b[at/8]) >> (at % 8)
		take := min(8-at%8, width-have)
		x |= part & (1<<take - 1) << have
		have, at = have+take, at+take
	}
	return x
}

// deltas reads numbers as differences in blocks, and what follows them:
//
//	uvarint    numbers of a block      uvarint    miniblocks of a block
//	uvarint    numbers in all          varint     the first
//
// and for each block the least difference, the bits of each miniblock, and the miniblocks: what
// each difference is more than the least.
func deltas(b []byte, most int) (values []int64, rest []byte, err error) {
	var head [3]uint64
	for i := range head {
		x, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, nil, errCut
		}
		head[i], b = x, b[k:]
	}
	block, minis, total := head[0], head[1], head[2]
	if block == 0 || block > 1<<20 || minis == 0 || minis > block || block%(8*minis) != 0 ||
		total > uint64(most) {
		return nil, nil, fmt.Errorf(
			"delta: got blocks of %d in %d parts for %d numbers, want at most %d",
			block,
			minis,
			total,
			most,
		)
	}
	x, k := binary.Varint(b)
	if k <= 0 {
		return nil, nil, errCut
	}
	b = b[k:]
	if total == 0 {
		return nil, b, nil
	}
	values = append(values, x)
	each := int(block / minis)
	for left := int(total) - 1; left > 0; {
		least, k := binary.Varint(b)
		if k <= 0 || len(b)-k < int(minis) {
			return nil, nil, errCut
		}
		widths := b[k : k+int(minis)]
		b = b[k+int(minis):]
		for m := 0; m < len(widths) && left > 0; m++ {
			width := int(widths[m])
			if width > 64 || len(b) < each*width/8 {
				return nil, nil, errCut
			}
			for i := 0; i < each && left > 0; i++ {
				x += least + int64(packed(b, i*width, width))
				values, left = append(values, x), left-1
			}
			b = b[each*width/8:]
		}
	}
	return values, b, nil
}

// lengths reads what a byte string may be long, as [deltas] has them.
func lengths(b []byte, most int) (n []int64, rest []byte, err error) {
	n, rest, err = deltas(b, most)
	for _, x := range n {
		if x < 0 || x > MostPage {
			return nil, nil, fmt.Errorf("a length of %d", x)
		}
	}
	return n, rest, err
}

// plainBytes reads byte strings, each behind its length in four bytes. They are parts of b.
func plainBytes(b []byte, n int) ([][]byte, error) {
	var values [][]byte
	for range n {
		size, rest, err := uint32At(b)
		if err != nil || uint64(size) > uint64(len(rest)) {
			return nil, errCut
		}
		values, b = append(values, rest[:size:size]), rest[size:]
	}
	return values, nil
}

// deltaLengthBytes reads byte strings behind the lengths of all. They are parts of b.
func deltaLengthBytes(b []byte, most int) ([][]byte, error) {
	sizes, b, err := lengths(b, most)
	if err != nil {
		return nil, err
	}
	var values [][]byte
	for _, n := range sizes {
		if n > int64(len(b)) {
			return nil, errCut
		}
		values, b = append(values, b[:n:n]), b[n:]
	}
	return values, nil
}

// deltaByteStrings reads byte strings of which each begins as the one before, as far as it says.
func deltaByteStrings(b []byte, most int) ([][]byte, error) {
	same, b, err := lengths(b, most)
	if err != nil {
		return nil, err
	}
	values, err := deltaLengthBytes(b, most)
	if err != nil || len(values) != len(same) {
		return nil, errors.Join(err, errCut)
	}
	total := int64(0)
	for i, n := range same {
		if n == 0 {
			continue
		}
		if i == 0 || n > int64(len(values[i-1])) {
			return nil, errCut
		}
		if total += n + int64(len(values[i])); total > MostPage {
			return nil, fmt.Errorf("strings of more than %d bytes", MostPage)
		}
		values[i] = append(values[i-1][:n:n], values[i]...)
	}
	return values, nil
}
