package run

import (
	"errors"
	"io/fs"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/bounded"
)

// BadLine is a line of the log that says which record of the data could not be decoded, and was
// passed over, when the run first met it.
type BadLine struct {
	Step   int    `json:"step"` // that it would have been part of
	File   string `json:"bad_file"`
	Record string `json:"bad_record,omitempty"` // of the file
	Cause  string `json:"cause"`
}

// Bad adds a bad record to the log, unless the log has it, and says whether it did.
func (r *Record) Bad(step int, b *datasets.BadRecord) bool {
	key := BadLine{File: bounded.Name(b.File)}
	if b.Record != "" {
		key.Record = bounded.Name(b.Record)
	}
	if r.bad[key] {
		return false
	}
	r.bad[key] = true
	r.keep(step, BadLine{step, key.File, key.Record, b.Err.Error()})
	return true
}

// BadRecords is how many bad records the run has met, those of earlier processes included.
func (r *Record) BadRecords() int { return len(r.bad) }

// badLines are the bad records that a log has, without their steps and causes.
func badLines(path string) (map[BadLine]bool, error) {
	bad := map[BadLine]bool{}
	f, err := openLog(path)
	if errors.Is(err, fs.ErrNotExist) {
		return bad, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bad, eachLine(f, func(raw []byte) error {
		if l, err := parseLine(raw); err == nil && l.File != "" {
			bad[BadLine{File: l.File, Record: l.Record}] = true
		}
		return nil
	})
}
