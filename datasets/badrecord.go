package datasets

import (
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
)

// A BadRecord is the error of Read for a record that is there and cannot be decoded: a fault
// of its content, which is the same whenever and however it is read. A file that has gone, has
// changed or cannot be reached is another error, and is never passed over.
type BadRecord struct {
	File   string // as it was opened
	Record string // of the file, such as "row 17" or the name of a member; "" where the file is one
	Err    error  // what is wrong with it
}

// Error is one line: the file, the record and what is wrong with it.
func (b *BadRecord) Error() string {
	if b.Record == "" {
		return fmt.Sprintf("%s: %v", bounded.Name(b.File), b.Err)
	}
	return fmt.Sprintf("%s: %s: %v", bounded.Name(b.File), bounded.Name(b.Record), b.Err)
}

// Unwrap is what is wrong with the record.
func (b *BadRecord) Unwrap() error { return b.Err }

// tally holds the bad records that one reader has met to the share that may be passed over.
type tally struct {
	read int // samples
	bad  map[*BadRecord]bool
}

// Records are too many to pass over when there are as many as tooMany, and more than one in
// tooOften of the samples read: a source of another kind than was said, or a disk that fails,
// is no source with a few bad records.
const (
	tooMany  = 20
	tooOften = 10
)

// add counts n more samples, of a source of count, with their bad records, and returns those
// that had not been met before, in the memory of bad.
func (t *tally) add(n, count int, bad []*BadRecord) ([]*BadRecord, error) {
	t.read = min(t.read+n, count)
	fresh := bad[:0]
	for _, b := range bad {
		if !t.bad[b] {
			if t.bad == nil {
				t.bad = map[*BadRecord]bool{}
			}
			t.bad[b] = true
			fresh = append(fresh, b)
		}
	}
	if k := len(t.bad); len(fresh) > 0 && k >= tooMany && k*tooOften > t.read {
		return fresh, fmt.Errorf("%d of the %d samples read so far cannot be decoded, "+
			"want at most one in %d; the last is %v", k, t.read, tooOften, fresh[len(fresh)-1])
	}
	return fresh, nil
}
