package datasets

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// slot is the memory of a batch, and how far its reading has come.
type slot struct {
	Batch
	bad  []*BadRecord  // of each row, nil for a good one; nil if src does not pass them over
	left atomic.Int32  // pieces that have not been read
	done chan struct{} // gets one element when none is left

	lock  sync.Mutex
	fault error // of the first row that has one
	row   int   // that row
}

// slot makes the buffers of a batch.
func (l *Loader) slot() (s *slot, err error) {
	s = &slot{done: make(chan struct{}, 1)}
	n := l.opt.Batch * l.info.Shape.Len()
	if l.info.Classes > 0 {
		s.Labels = make([]int32, l.opt.Batch)
	}
	if _, passes := l.src.(*passing); passes {
		s.bad, s.Bad = make([]*BadRecord, l.opt.Batch), make([]*BadRecord, 0, l.opt.Batch)
	}
	if l.opt.Buffer == nil {
		s.X = make([]float32, n)
		return s, nil
	}
	if s.X, err = l.opt.Buffer(); err == nil && len(s.X) != n {
		err = fmt.Errorf("buffer: got %d elements, want %d", len(s.X), n)
	}
	return s, err
}

// piece is rows from … to−1 of a slot.
type piece struct {
	*slot
	from, to int
}

// deal cuts batches into pieces, in order, until the context ends or a sample cannot be read. A
// batch that is begun is dealt to its end, so that of its faults the first row's is known.
func (l *Loader) deal() {
	rows := l.opt.Batch // for one decoder
	if d := l.opt.Decoders; d > 1 {
		const each = 8 // pieces for each decoder: none waits long for the last
		rows = (l.opt.Batch + each*d - 1) / (each * d)
	}
	for first := l.opt.Start; ; first += l.opt.Stride {
		var s *slot
		select {
		case s = <-l.free:
		case <-l.failed:
			return
		case <-l.ctx.Done():
			return
		}
		s.First, s.fault = first, nil
		s.left.Store(int32((l.opt.Batch + rows - 1) / rows))
		l.queue <- s // never blocks: it has room for every buffer
		for from := 0; from < l.opt.Batch; from += rows {
			select {
			case l.pieces <- piece{s, from, min(from+rows, l.opt.Batch)}:
			case <-l.ctx.Done():
				return
			}
		}
	}
}

// decode reads pieces until the context ends.
func (l *Loader) decode() {
	for {
		select {
		case p := <-l.pieces:
			if !l.fill(p) {
				return
			}
		case <-l.ctx.Done():
			return
		}
	}
}

// fill reads the rows of a piece up to the first fault of the batch. It reports false, and has
// not finished the piece, if the context has ended.
func (l *Loader) fill(p piece) bool {
	for k := p.from; k < p.to && !p.failedBefore(k); k++ {
		if context.Cause(l.ctx) != nil {
			return false
		}
		if err := l.read(p.slot, k); err != nil {
			p.fail(k, err)
			l.fail.Do(func() { close(l.failed) })
			break
		}
	}
	if p.left.Add(-1) == 0 {
		p.done <- struct{}{}
	}
	return true
}

// read reads row k. A decoder that panics has met what its author did not think of: that is an
// error like another, and no reason to lose a run.
func (l *Loader) read(s *slot, k int) (err error) {
	number, n := s.First+uint64(k), l.info.Shape.Len()
	index, _ := l.order.At(number)
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic at %s: %v", panicked(), r)
		}
		if err != nil {
			err = fmt.Errorf("%s: sample %d, number %d of the run: %w", l.info.Name, index, number, err)
		}
	}()
	x := s.X[k*n : (k+1)*n]
	var label int32
	switch p, passes := l.src.(*passing); {
	case l.drawn != nil:
		label, err = l.drawn.redraw(x, index, stream(l.draws.at(number)), 0)
	case passes:
		label, s.bad[k], err = p.read(x, index)
	default:
		label, err = l.src.Read(x, index)
	}
	if err != nil {
		return err
	}
	if s.Labels != nil {
		s.Labels[k] = label
	}
	if l.opt.Flip && l.coin.at(number)>>63 == 1 {
		Mirror(x, l.info.Shape)
	}
	return nil
}

// fail keeps the fault of row k, unless a row before has one.
func (s *slot) fail(k int, err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.fault == nil || k < s.row {
		s.fault, s.row = err, k
	}
}

// failedBefore reports whether a row before k has a fault: what comes after it is nobody's.
func (s *slot) failedBefore(k int) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.fault != nil && s.row < k
}

// panicked is the line of the program that panicked, for a function that recovers it and was
// deferred by the one that calls it.
func panicked() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // from what calls the deferred one
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
	}
}
