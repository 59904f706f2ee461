package survey

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/memory"
)

// Take reads every sample of src once, on all cores. progress, which may be nil, is told how
// many have been read. What is wrong with a sample is in the report; the error is that of ctx, or
// of memory that is not there.
func Take(ctx context.Context, src datasets.Source, progress func(done, of int)) (*Report, error) {
	r, info := newReport(src), src.Info()
	if info.Count > math.MaxInt32 {
		return nil, fmt.Errorf("survey: got %d samples, want at most %d", info.Count, math.MaxInt32)
	}
	blocks := make([]*block, roundBlocks)
	need := 24*uint64(info.Count) + 4*uint64(runtime.GOMAXPROCS(0)*info.Shape.Len())
	if err := memory.Fits(need); err != nil {
		return nil, fmt.Errorf("survey: %d samples of %v: %w", info.Count, info.Shape, err)
	}
	sum := newBlock(info)
	sum.prints = make([]print, 0, info.Count)
	for first := 0; first < info.Count; first += roundBlocks * blockSize {
		var next atomic.Int32
		var workers sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), roundBlocks) {
			workers.Go(func() {
				x := make([]float32, info.Shape.Len())
				for k := int(next.Add(1)) - 1; k < roundBlocks && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
					blocks[k] = newBlock(info)
					blocks[k].read(ctx, src, x, first+k*blockSize)
				}
			})
		}
		workers.Wait()
		if err := context.Cause(ctx); err != nil {
			return nil, fmt.Errorf("survey: %w", err)
		}
		for _, b := range blocks {
			sum.join(b)
		}
		if progress != nil {
			progress(min(first+roundBlocks*blockSize, info.Count), info.Count)
		}
	}
	sum.into(r)
	return r, nil
}

// Samples are read in blocks, whose figures are joined in their order, and so many at once.
const (
	blockSize   = 64
	roundBlocks = 16
)

// block is what is known of some samples.
type block struct {
	info   datasets.Info
	values []moments // of each channel or coordinate, or of all where these are too many to print
	counts []int     // of each class
	faults []Fault   // by sort
	prints []print
}

// The sorts of faults of a sample.
const (
	unreadable = iota
	infinite
	outside
	constant
	classless
)

func newBlock(info datasets.Info) *block {
	b := &block{info: info, counts: make([]int, info.Classes), faults: []Fault{
		unreadable: {What: "samples that cannot be read"},
		infinite:   {What: "samples with a value that is no finite number"},
		outside: {What: fmt.Sprintf("samples with a value outside [%v, %v], where all should be", info.Lo,
			info.Hi)},
		constant:  {What: "images of one value throughout"},
		classless: {What: fmt.Sprintf("samples with no class from 0 to %d", info.Classes-1)},
	}}
	n, most := info.Shape.C, 16
	if len(info.Shape.Point()) == 1 {
		most = 3
	}
	if n > most {
		n = 1
	}
	for range n {
		b.values = append(b.values, newMoments())
	}
	return b
}

// read reads the samples of a block from first on, x being memory for one.
func (b *block) read(ctx context.Context, src datasets.Source, x []float32, first int) {
	for i := first; i < min(first+blockSize, b.info.Count) && ctx.Err() == nil; i++ {
		label, err := src.Read(x, i)
		if err != nil {
			var bad *datasets.BadRecord
			text := fmt.Sprintf("%d: %v", i, err)
			if errors.As(err, &bad) {
				text = fmt.Sprintf("%d: %v", i, bad)
			}
			b.found(unreadable, strings.ReplaceAll(text, "\n", "; "))
			continue
		}
		b.add(x, i, label)
	}
}

// add is told sample i.
func (b *block) add(x []float32, i int, label int32) {
	sample := fmt.Sprint(i)
	class := 0 <= label && int(label) < len(b.counts)
	switch {
	case class:
		b.counts[label]++
	case b.info.Classes > 0:
		b.found(classless, fmt.Sprintf("%d: class %d", i, label))
	}
	strange, wide, same := -1, -1, true
	for k, v := range x {
		if v-v != 0 {
			strange = k
			continue
		}
		if v < b.info.Lo || v > b.info.Hi {
			wide = k
		}
		same = same && v == x[0]
	}
	if strange < 0 {
		for c := range b.values {
			b.values[c].join(momentsOf(x, c, len(b.values)))
		}
	}
	switch {
	case strange >= 0:
		b.found(infinite, fmt.Sprintf("%d: %v", i, x[strange]))
	case same && b.info.Image && len(x) > 1:
		b.found(constant, sample)
	}
	if wide >= 0 {
		b.found(outside, fmt.Sprintf("%d: %v", i, x[wide]))
	}
	b.prints = append(b.prints, printOf(x, i, label))
}

// found is told a fault of a sample.
func (b *block) found(sort int, sample string) {
	f := &b.faults[sort]
	if f.Count++; len(f.Samples) < few {
		f.Samples = append(f.Samples, sample)
	}
}

// join adds what is known of the samples of o, which come after those of b.
func (b *block) join(o *block) {
	for k := range b.values {
		b.values[k].join(o.values[k])
	}
	for k, n := range o.counts {
		b.counts[k] += n
	}
	for sort, f := range o.faults {
		to := &b.faults[sort]
		to.Count += f.Count
		to.Samples = append(to.Samples, f.Samples[:min(len(f.Samples), few-len(to.Samples))]...)
	}
	b.prints = append(b.prints, o.prints...)
}

// into completes r with what all samples say.
func (b *block) into(r *Report) {
	all := newMoments()
	for _, m := range b.values {
		all.join(m)
	}
	r.Values = valuesOf(all)
	if len(b.values) > 1 {
		for _, m := range b.values {
			r.Channels = append(r.Channels, valuesOf(m))
		}
	}
	empty := Fault{What: "classes without a sample"}
	for k, n := range b.counts {
		if r.Classes[k].Count = n; n == 0 {
			if empty.Count++; len(empty.Samples) < few {
				empty.Samples = append(empty.Samples, strings.TrimSpace(fmt.Sprintln(k, r.Classes[k].Name)))
			}
		}
	}
	b.faults = append(b.faults, empty)
	for _, f := range b.faults {
		if f.Count > 0 {
			r.Faults = append(r.Faults, f)
		}
	}
	r.prints = b.prints
	r.findEqual()
}

// numbered lists samples by their numbers.
func numbered(samples []int) string {
	return strings.Trim(fmt.Sprint(samples), "[]")
}
