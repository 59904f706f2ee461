package datasets

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Options says which batches a [Loader] makes.
type Options struct {
	Batch int    // rows of a batch, at least 1
	Seed  uint64 // of the order and of the flips
	// Start is the number, counted from the start of the run, of the first row
	// of the first batch. To resume is to start where the last run stopped.
	Start uint64
	// Stride is how far apart the first rows of consecutive batches are; 0 means
	// Batch, which leaves nothing out. Of several devices that share a batch of
	// G samples, the one that owns rows k … k+Batch−1 sets Start += k, Stride = G.
	Stride uint64
	// Flip mirrors every other image left to right, as a coin keyed by Seed and
	// counted by the sample's number falls.
	Flip bool
	// Ahead is the number of batches that may be ready before they are asked
	// for; 0 means 2.
	Ahead int
	// Decoders is how many goroutines read samples; 0 means one where reading is cheap, and
	// else one for each core that Go may use, at most mostDecoders. Any number makes the same
	// batches.
	Decoders int
	// Buffer makes the memory of one batch, Batch samples long: memory from which a
	// device takes it without another copy. It is called Ahead + 2 times, by
	// NewLoader, and what it made must outlive the Loader. nil makes plain memory.
	Buffer func() ([]float32, error)
}

// A Batch is consecutive samples of a run.
type Batch struct {
	X      []float32 // rows × H × W × C, row after row
	Labels []int32   // one for each row; nil if the source has no classes
	First  uint64    // the number, counted from the start of the run, of row 0
	// Bad lists the bad records among the rows that the loader had not met before. The next good
	// records stand in for them. It is empty where the source is not told to pass them over.
	Bad []*BadRecord
}

// A Loader decodes the batches of a run ahead of the step that needs them.
//
// Row k of the batch that starts at s is a function of (source, seed, s+k) alone.
// All buffers, Ahead + 2 of them, are made at the start and used again and again:
// the loader fills Ahead while the caller holds two, for a device may still be
// taking one batch when its host is given the next.
//
// Its decoders share the rows of one batch after another, so that the next batch is the one
// they work at. They wait when all that may be ready is: the cores are the step's then.
//
// Its goroutines end with Close, or with the context. Next is for one goroutine at a time;
// Close may come from another.
type Loader struct {
	src   Source
	info  Info
	opt   Options
	order Order
	coin  stream
	drawn redrawer // nil where samples do not change
	draws stream
	tally tally // of the batches that were handed over

	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup

	free   chan *slot    // to be filled
	queue  chan *slot    // being filled, or filled, in order
	pieces chan piece    // to be decoded, in order
	failed chan struct{} // closed at the first fault: no batch is begun after it
	fail   sync.Once

	fault  error         // of Next: what every call returns from now on
	held   [2]*slot      // what the caller has: the batch before, and the newest
	waited time.Duration // in Next
}

// mostDecoders bounds the decoders that a loader has unasked: more feed no device that one
// program drives, and each may keep the memory of a picture.
const mostDecoders = 16

// NewLoader starts to load. The caller must Close the loader or end ctx.
func NewLoader(ctx context.Context, src Source, opt Options) (*Loader, error) {
	info := src.Info()
	opt.settle(info)
	if err := opt.check(info); err != nil {
		return nil, fmt.Errorf("datasets: NewLoader: %w", err)
	}
	l := &Loader{
		src: src, info: info, opt: opt,
		order:  NewOrder(opt.Seed, info.Count),
		coin:   newStream(opt.Seed, forFlip),
		drawn:  drawnOf(src),
		draws:  newStream(opt.Seed, forRedraw),
		free:   make(chan *slot, opt.Ahead+2),
		queue:  make(chan *slot, opt.Ahead+2),
		pieces: make(chan piece),
		failed: make(chan struct{}),
	}
	for range opt.Ahead + 2 {
		s, err := l.slot()
		if err != nil {
			return nil, fmt.Errorf("datasets: NewLoader: %w", err)
		}
		l.free <- s
	}
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.workers.Go(l.deal)
	for range opt.Decoders {
		l.workers.Go(l.decode)
	}
	return l, nil
}

// settle puts what is meant in the place of each 0.
func (o *Options) settle(info Info) {
	if o.Ahead == 0 {
		o.Ahead = 2
	}
	if o.Stride == 0 {
		o.Stride = uint64(max(o.Batch, 0))
	}
	if o.Decoders == 0 {
		o.Decoders = 1
		if info.Decodes {
			o.Decoders = min(runtime.GOMAXPROCS(0), mostDecoders)
		}
	}
}

// check holds the options to what they may be.
func (o *Options) check(info Info) error {
	switch {
	case o.Batch < 1:
		return fmt.Errorf("batch: got %d, want at least 1", o.Batch)
	case o.Ahead < 1:
		return fmt.Errorf("ahead: got %d, want at least 1", o.Ahead)
	case o.Decoders < 1:
		return fmt.Errorf("decoders: got %d, want at least 1", o.Decoders)
	case o.Stride < uint64(o.Batch):
		return fmt.Errorf("stride: got %d, want at least the batch, %d", o.Stride, o.Batch)
	case o.Flip && !info.Image:
		return fmt.Errorf("flip: got true, want false: %s are points, not images", info.Name)
	}
	return nil
}

// Next returns the next batch, which is the caller's until the next but one call
// of Next, or Close. After an error every call returns it again. It does not wait for a
// sample that is being read when the context ends.
func (l *Loader) Next() (*Batch, error) {
	if l.fault != nil {
		return nil, l.fault
	}
	if err := context.Cause(l.ctx); err != nil {
		return nil, l.end(err)
	}
	if l.held[0] != nil {
		l.free <- l.held[0] // never blocks: free has room for every buffer
		l.held[0] = nil
	}
	s := l.wait()
	if s == nil {
		return nil, l.end(context.Cause(l.ctx))
	}
	l.held = [2]*slot{l.held[1], s}
	if s.fault != nil {
		return nil, l.end(s.fault)
	}
	s.Bad = s.Bad[:0]
	for _, b := range s.bad {
		if b != nil {
			s.Bad = append(s.Bad, b)
		}
	}
	var err error
	if s.Bad, err = l.tally.add(l.opt.Batch, l.info.Count, s.Bad); err != nil {
		return nil, l.end(fmt.Errorf("%s: %w", l.info.Name, err))
	}
	return &s.Batch, nil
}

// end keeps why there are no more batches.
func (l *Loader) end(err error) error {
	l.fault = fmt.Errorf("datasets: Loader: %w", err)
	return l.fault
}

// wait returns the next slot when every row of it has been read, nil if the context ends first.
func (l *Loader) wait() *slot {
	var s *slot
	select {
	case s = <-l.queue:
		select {
		case <-s.done:
			return s
		default:
		}
	default:
	}
	begin := time.Now()
	defer func() { l.waited += time.Since(begin) }()
	if s == nil {
		select {
		case s = <-l.queue:
		case <-l.ctx.Done():
			return nil
		}
	}
	select {
	case <-s.done:
		return s
	case <-l.ctx.Done():
		return nil
	}
}

// Decoders is how many goroutines read samples.
func (l *Loader) Decoders() int { return l.opt.Decoders }

// Waited is the time that all calls of Next so far have waited for data.
func (l *Loader) Waited() time.Duration { return l.waited }

// Close ends the loader and returns when its goroutines have: what is being read is read to its
// end. It may be called more than once.
func (l *Loader) Close() {
	l.cancel()
	l.workers.Wait()
}
