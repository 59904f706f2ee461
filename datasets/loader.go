package datasets

import (
	"context"
	"fmt"
	"sync"
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
// One goroutine belongs to a Loader; Close, or the end of the context, ends it.
// Next is for one goroutine at a time; Close may come from another.
type Loader struct {
	src   Source
	info  Info
	opt   Options
	order Order
	coin  stream
	tally tally // of the batches that were handed over

	ctx    context.Context
	cancel context.CancelFunc
	worker sync.WaitGroup

	free  chan *Batch // to be filled
	ready chan *Batch // filled, in order; closed when the worker ends
	fault error       // why it ended; read it only after ready is closed
	many  error       // of Next: too many bad records
	held  [2]*Batch   // what the caller has: the batch before, and the newest
}

// NewLoader starts to load. The caller must Close the loader or end ctx.
func NewLoader(ctx context.Context, src Source, opt Options) (*Loader, error) {
	info := src.Info()
	if opt.Ahead == 0 {
		opt.Ahead = 2
	}
	if opt.Stride == 0 {
		opt.Stride = uint64(max(opt.Batch, 0))
	}
	switch {
	case opt.Batch < 1:
		return nil, fmt.Errorf("datasets: NewLoader: batch: got %d, want at least 1", opt.Batch)
	case opt.Ahead < 1:
		return nil, fmt.Errorf("datasets: NewLoader: ahead: got %d, want at least 1", opt.Ahead)
	case opt.Stride < uint64(opt.Batch):
		return nil, fmt.Errorf("datasets: NewLoader: stride: got %d, want at least the batch, %d",
			opt.Stride, opt.Batch)
	case opt.Flip && !info.Image:
		return nil, fmt.Errorf("datasets: NewLoader: flip: got true, want false: %s are points, not images",
			info.Name)
	}
	l := &Loader{
		src: src, info: info, opt: opt,
		order: NewOrder(opt.Seed, info.Count),
		coin:  newStream(opt.Seed, forFlip),
		free:  make(chan *Batch, opt.Ahead+2),
		ready: make(chan *Batch, opt.Ahead+2),
	}
	for range opt.Ahead + 2 {
		b, err := l.batch()
		if err != nil {
			return nil, fmt.Errorf("datasets: NewLoader: %w", err)
		}
		l.free <- b
	}
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.worker.Go(l.run)
	return l, nil
}

// batch makes the buffers of one.
func (l *Loader) batch() (b *Batch, err error) {
	b, n := &Batch{}, l.opt.Batch*l.info.Shape.Len()
	if l.info.Classes > 0 {
		b.Labels = make([]int32, l.opt.Batch)
	}
	if l.opt.Buffer == nil {
		b.X = make([]float32, n)
		return b, nil
	}
	if b.X, err = l.opt.Buffer(); err == nil && len(b.X) != n {
		err = fmt.Errorf("buffer: got %d elements, want %d", len(b.X), n)
	}
	return b, err
}

// Next returns the next batch, which is the caller's until the next but one call
// of Next, or Close. After an error every call returns it again.
func (l *Loader) Next() (*Batch, error) {
	if err := context.Cause(l.ctx); err != nil {
		return nil, fmt.Errorf("datasets: Loader: %w", err)
	}
	if l.many != nil {
		return nil, l.many
	}
	if l.held[0] != nil {
		l.free <- l.held[0] // never blocks: free has room for every buffer
		l.held[0] = nil
	}
	b, ok := <-l.ready
	if !ok {
		return nil, fmt.Errorf("datasets: Loader: %w", l.fault)
	}
	l.held = [2]*Batch{l.held[1], b}
	var err error
	if b.Bad, err = l.tally.add(l.opt.Batch, l.info.Count, b.Bad); err != nil {
		l.many = fmt.Errorf("datasets: Loader: %s: %w", l.info.Name, err)
		return nil, l.many
	}
	return b, nil
}

// Close ends the loader and returns when its goroutine has. It may be called
// more than once.
func (l *Loader) Close() {
	l.cancel()
	l.worker.Wait()
}

// run fills buffers in order until the context ends or a sample cannot be read.
func (l *Loader) run() {
	defer close(l.ready)
	for s := l.opt.Start; ; s += l.opt.Stride {
		select {
		case b := <-l.free:
			if l.fault = l.fill(b, s); l.fault != nil {
				return
			}
			l.ready <- b // never blocks, as above
		case <-l.ctx.Done():
			l.fault = context.Cause(l.ctx)
			return
		}
	}
}

// fill decodes samples first, first+1, … of the run into b.
func (l *Loader) fill(b *Batch, first uint64) error {
	b.First, b.Bad = first, b.Bad[:0]
	n := l.info.Shape.Len()
	for k := range l.opt.Batch {
		if err := context.Cause(l.ctx); err != nil {
			return err
		}
		s := first + uint64(k)
		x := b.X[k*n : (k+1)*n]
		index, _ := l.order.At(s)
		label, bad, err := l.read(x, index)
		if err != nil {
			return fmt.Errorf("%s: sample %d, number %d of the run: %w", l.info.Name, index, s, err)
		}
		if bad != nil {
			b.Bad = append(b.Bad, bad)
		}
		if b.Labels != nil {
			b.Labels[k] = label
		}
		if l.opt.Flip && l.coin.at(s)>>63 == 1 {
			Mirror(x, l.info.Shape)
		}
	}
	return nil
}

// read reads sample i, and says whether another stands in for it.
func (l *Loader) read(dst []float32, i int) (label int32, bad *BadRecord, err error) {
	if p, ok := l.src.(*passing); ok {
		return p.read(dst, i)
	}
	label, err = l.src.Read(dst, i)
	return label, nil, err
}

// Mirror swaps left and right in an image of shape s, in place.
func Mirror(x []float32, s Shape) {
	row := s.W * s.C
	for ; len(x) >= row; x = x[row:] {
		for l, r := 0, row-s.C; l < r; l, r = l+s.C, r-s.C {
			for c := range s.C {
				x[l+c], x[r+c] = x[r+c], x[l+c]
			}
		}
	}
}
