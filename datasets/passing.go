package datasets

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/stillfield/stillfield/choice"
)

// skipBad is the parameter of every source that says whether bad records are passed over.
var skipBad = choice.Param{Name: "skip_bad", Default: false,
	About: "pass over a record that cannot be decoded, with the next one in its place: it is counted and " +
		"named in the log, and a run of which more than one in 10 are bad is stopped"}

// passing is a source without its bad records. Where sample i cannot be decoded, the next in
// the order of the source that can, the first after the last, stands in for it: sample i is a
// function of i alone, whoever reads it, when, and what was read before.
type passing struct {
	Source
	info Info

	lock   sync.RWMutex
	bad    map[int]*BadRecord // those met, by their numbers
	direct tally              // of Read
}

// SkipBad is src without its bad records, as skip_bad makes it.
func SkipBad(src Source) Source {
	return &passing{Source: src, info: src.Info(), bad: map[int]*BadRecord{}}
}

// mostInARow is how many bad records may follow one another: it bounds the search for one that
// is good. A folder of a class may be broken; a source of a million that are all bad is soon
// known for what it is.
const mostInARow = 1000

// Read is read, for those who read by themselves and by no [Loader]. Too many bad records are
// an error.
func (p *passing) Read(dst []float32, i int) (int32, error) {
	label, bad, err := p.read(dst, i)
	if err != nil {
		return NoLabel, err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	var met []*BadRecord
	if bad != nil {
		met = []*BadRecord{bad}
	}
	if _, err = p.direct.add(1, p.info.Count, met); err != nil {
		return NoLabel, fmt.Errorf("datasets: %s: %w", p.info.Name, err)
	}
	return label, nil
}

// read writes sample i, or what stands in for it, to dst. It returns the class, and the bad
// record if sample i is one: the same pointer each time.
func (p *passing) read(dst []float32, i int) (label int32, bad *BadRecord, err error) {
	for k := range min(p.info.Count, mostInARow) {
		j := (i + k) % p.info.Count
		b := p.known(j)
		if b == nil {
			if label, err = p.Source.Read(dst, j); err == nil {
				return label, bad, nil
			}
			if b = p.learn(j, err); b == nil {
				return NoLabel, bad, err
			}
		}
		if k == 0 {
			bad = b
		}
	}
	return NoLabel, bad, fmt.Errorf("datasets: %s: %d records in a row, from sample %d on, cannot be "+
		"decoded; the first is %v", p.info.Name, min(p.info.Count, mostInARow), i, bad)
}

// known is the bad record that sample i is known to be, or nil.
func (p *passing) known(i int) *BadRecord {
	p.lock.RLock()
	defer p.lock.RUnlock()
	return p.bad[i]
}

// learn keeps that sample i is bad, if that is what err says and no other reader was faster, and
// returns what is kept.
func (p *passing) learn(i int, err error) *BadRecord {
	var b *BadRecord
	if !errors.As(err, &b) {
		return nil
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	if was := p.bad[i]; was != nil {
		return was
	}
	p.bad[i] = b
	return b
}

// Bad lists, in the order of the source, the bad records that were met so far; none of a source
// that was not told to pass them over.
func Bad(src Source) []*BadRecord {
	p, ok := src.(*passing)
	if !ok {
		return nil
	}
	p.lock.RLock()
	defer p.lock.RUnlock()
	var all []*BadRecord
	for _, i := range slices.Sorted(maps.Keys(p.bad)) {
		all = append(all, p.bad[i])
	}
	return all
}
