package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"time"

	"github.com/stillfield/stillfield/format/bounded"
)

// journal is the file that says of a draw which it is and which of its samples are
// finished:
//
//	8 bytes   "sfdraw1\n"
//	4, 4      the length of the identity, and its CRC-32C
//	…         the identity, JSON, and zeros up to a multiple of 64
//	32        the tally: rows and nanoseconds, 8 each, CRC-32C, zeros
//	16 each   the samples, by their numbers: see record
//
// Numbers are little endian. Whatever part of it a killed process or a machine without
// power leaves unwritten is found by its checksum, and is as if it had not happened.
type journal struct {
	f    *os.File
	base int64            // where the tally begins
	buf  [tallyBytes]byte // of what is written
	sum  [20]byte         // what a record's checksum is of
}

const (
	journalMagic = "sfdraw1\n"
	journalHead  = len(journalMagic) + 8
	tallyBytes   = 32
	recordBytes  = 16
	maxIdentity  = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is what the journal has of a finished sample.
type record struct {
	nfe     int // less than 2³¹, and more than 0
	stopped bool
	sum     uint32 // CRC-32C of the point's bytes
	energy  float32
}

// encode makes the bytes of sample i: nfe and, in the highest bit, stopped; sum; energy; the
// CRC-32C of these and of i.
func (j *journal) encode(b []byte, r record, i int) {
	word := uint32(r.nfe)
	if r.stopped {
		word |= 1 << 31
	}
	binary.LittleEndian.PutUint32(b, word)
	binary.LittleEndian.PutUint32(b[4:], r.sum)
	binary.LittleEndian.PutUint32(b[8:], math.Float32bits(r.energy))
	binary.LittleEndian.PutUint32(b[12:], j.checksum(b, i))
}

// decode reads what encode has made, and false where the bytes are not that.
func (j *journal) decode(b []byte, i int) (record, bool) {
	word := binary.LittleEndian.Uint32(b)
	r := record{nfe: int(word &^ (1 << 31)), stopped: word>>31 == 1, sum: binary.LittleEndian.Uint32(b[4:]),
		energy: math.Float32frombits(binary.LittleEndian.Uint32(b[8:]))}
	return r, r.nfe > 0 && binary.LittleEndian.Uint32(b[12:]) == j.checksum(b, i)
}

func (j *journal) checksum(b []byte, i int) uint32 {
	copy(j.sum[:], b[:12])
	binary.LittleEndian.PutUint64(j.sum[12:], uint64(i))
	return crc32.Checksum(j.sum[:], castagnoli)
}

// openJournal opens the journal at path, which it makes if it must, and returns the
// identity of the draw that is in it; nil where there is none that can be gone on with.
func openJournal(path string) (*journal, []byte, error) {
	if st, err := os.Lstat(path); err == nil && !st.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is %s, want a regular file or nothing", path, bounded.Kind(st.Mode()))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, err
	}
	j := &journal{f: f}
	identity, err := j.identity()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return j, identity, nil
}

func (j *journal) identity() ([]byte, error) {
	var head [journalHead]byte
	if _, err := j.f.ReadAt(head[:], 0); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[len(journalMagic):])
	if string(head[:len(journalMagic)]) != journalMagic || n > maxIdentity {
		return nil, nil
	}
	text := make([]byte, n)
	if _, err := j.f.ReadAt(text, int64(journalHead)); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(head[len(journalMagic)+4:]) {
		return nil, nil
	}
	j.base = journalBase(len(text))
	return text, nil
}

// journalBase is where the tally begins behind an identity of n bytes.
func journalBase(n int) int64 { return (int64(journalHead+n) + 63) / 64 * 64 }

// begin makes the journal that of a draw of which nothing is finished.
func (j *journal) begin(identity []byte) error {
	if err := j.f.Truncate(0); err != nil {
		return err
	}
	if len(identity) > maxIdentity {
		return fmt.Errorf("identity of %d bytes, want at most %d", len(identity), maxIdentity)
	}
	j.base = journalBase(len(identity))
	b := make([]byte, j.base)
	copy(b, journalMagic)
	binary.LittleEndian.PutUint32(b[len(journalMagic):], uint32(len(identity)))
	binary.LittleEndian.PutUint32(b[len(journalMagic)+4:], crc32.Checksum(identity, castagnoli))
	copy(b[journalHead:], identity)
	_, err := j.f.WriteAt(b, 0)
	return err
}

// tally is what the processes that were at a draw took.
type tally struct {
	rows int // of plans that were run
	time time.Duration
}

func (j *journal) setTally(t tally) error {
	b := j.buf[:]
	clear(b)
	binary.LittleEndian.PutUint64(b, uint64(t.rows))
	binary.LittleEndian.PutUint64(b[8:], uint64(t.time))
	binary.LittleEndian.PutUint32(b[16:], crc32.Checksum(b[:16], castagnoli))
	_, err := j.f.WriteAt(b, j.base)
	return err
}

// tally is what was set last; 0 where nothing was.
func (j *journal) tally() (tally, error) {
	var b [tallyBytes]byte
	if _, err := j.f.ReadAt(b[:], j.base); err != nil && err != io.EOF {
		return tally{}, err
	}
	if binary.LittleEndian.Uint32(b[16:]) != crc32.Checksum(b[:16], castagnoli) {
		return tally{}, nil
	}
	return tally{int(binary.LittleEndian.Uint64(b[:])), time.Duration(binary.LittleEndian.Uint64(b[8:]))}, nil
}

// put records sample i.
func (j *journal) put(i int, r record) error {
	b := j.buf[:recordBytes]
	j.encode(b, r, i)
	_, err := j.f.WriteAt(b, j.base+tallyBytes+int64(i)*recordBytes)
	return err
}

// get reads what there is of samples first to first+len(rs)−1; nfe is 0 where there is
// nothing. b has room for their bytes.
func (j *journal) get(rs []record, first int, b []byte) error {
	b = b[:len(rs)*recordBytes]
	n, err := j.f.ReadAt(b, j.base+tallyBytes+int64(first)*recordBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	clear(b[n:])
	for k := range rs {
		r, ok := j.decode(b[k*recordBytes:], first+k)
		if !ok {
			r = record{}
		}
		rs[k] = r
	}
	return nil
}

// records is how many samples there may be something of.
func (j *journal) records() (int, error) {
	st, err := j.f.Stat()
	if err != nil {
		return 0, err
	}
	return int(max(0, st.Size()-j.base-tallyBytes) / recordBytes), nil
}
