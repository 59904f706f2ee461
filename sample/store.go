package sample

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/format/lockfile"
)

// The files of a draw that is not finished, in its directory.
const (
	journalFile = "draw.part"        // what is drawn, and how far it has come
	partFile    = "samples.npy.part" // the points
	lockName    = ".lock"            // held by the process that draws
)

// PartSuffix ends the name of the directory in which a draw into one file is kept until
// it is finished.
const PartSuffix = ".part"

// Store is the directory of a draw that is under way. Each sample is written as it
// finishes, at its place, and so is that it has; so the memory does not grow with the
// number of samples, and what a process that was killed had finished is there for the
// next one that is given the same draw. [Store.Finish] makes the files of [Output] of it.
//
// It is the Sink of its draw.
type Store struct {
	out, dir string // where the samples go, and where they are until then
	file     bool   // out is one file
	made     bool   // dir was not there before
	spec     Spec   // with nothing left to the process
	opt      Output
	dim      int
	from, n  int  // the samples that are here are from to from+n−1
	known    bool // the journal has their energies

	lock    *lockfile.Lock
	journal *journal
	points  *pointsFile

	gaps  []span // samples that are not finished and not begun
	kept  int    // samples that were there at the start
	done  int    // that are finished
	most  int    // stages of a path; 0 where that says nothing
	tally tally  // of the processes before
	rows  int    // of this one
	begin time.Time

	mine     bool // what is finished is known
	finished bool // the files are made
}

// span is the numbers first to end−1.
type span struct{ first, end int }

// Open opens the store of a draw of s, which proc makes definite, into out: a directory,
// or one file (see [IsFile]) where there is none. What an interrupted draw of the same
// samples has finished there is kept: Kept says how many. Samples that another draw has
// begun there, and another process in it, are refused, and so is a draw for which the
// disk has no room. Points have dim coordinates. What was finished is read, which ends with
// ctx.
func Open(ctx context.Context, out string, dim int, s Spec, proc *field.Process, opt Output) (
	*Store, error) {
	w, err := open(ctx, out, dim, s, proc, opt)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	return w, nil
}

func open(ctx context.Context, out string, dim int, s Spec, proc *field.Process, opt Output) (
	*Store, error) {
	if err := errors.Join(s.holds(dim, min(s.Batch, max(s.N, 1)), 0), opt.check(dim)); err != nil {
		return nil, err
	}
	c, err := s.course(proc)
	if err != nil {
		return nil, err
	}
	w := &Store{out: out, spec: c.spec, opt: opt, dim: dim, n: s.N}
	if opt.Shard.Of > 0 {
		if err := w.divide(opt.Shard); err != nil {
			return nil, err
		}
	}
	if !c.method.Adaptive { // else a path has no length of its own
		w.most = c.most
	}
	return w, w.take(ctx)
}

// take makes the directory of the draw, locks it and finds what is in it.
func (w *Store) take(ctx context.Context) (err error) {
	w.dir, w.file = w.out, AsFile(w.out)
	if w.file {
		w.dir = w.out + PartSuffix
	}
	_, err = os.Lstat(w.dir)
	w.made = errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(w.dir, 0o777); err != nil {
		return err
	}
	if w.lock, err = lockfile.Take(w.at(lockName), "drawing into it"); err != nil {
		return fmt.Errorf("%s: %w", w.dir, err)
	}
	if err := w.enter(ctx); err != nil {
		return errors.Join(err, w.Close())
	}
	w.begin = time.Now()
	return nil
}

// at is the path of a file of the draw.
func (w *Store) at(name string) string { return filepath.Join(w.dir, name) }

// enter opens the files and finds what of the draw is finished.
func (w *Store) enter(ctx context.Context) error {
	if err := w.there(); err != nil {
		return err
	}
	mine, err := w.identity(w.opt.Shard)
	if err != nil {
		return err
	}
	var its []byte
	if w.journal, its, err = openJournal(w.at(journalFile)); err != nil {
		return err
	}
	if its != nil {
		if what := difference(its, mine); what != "" {
			return fmt.Errorf("%s: there is another draw in it that is not finished: %s; give its command "+
				"again, another --out, or remove %s", w.dir, what, w.at(journalFile))
		}
		// It may have been stopped between the name of the points and the summary.
		if _, err := os.Lstat(w.at(partFile)); errors.Is(err, fs.ErrNotExist) {
			err := os.Rename(w.at(npyFile), w.at(partFile))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	} else if err := w.journal.begin(mine); err != nil {
		return err
	}
	if w.points, err = openPoints(w.at(partFile), append([]int{w.n}, w.opt.Point...), w.dim); err != nil {
		return err
	}
	if err := w.scan(ctx); err != nil {
		return err
	}
	w.mine = true
	return w.room()
}

// scan finds the samples that are finished, each of which is read and held to its sum.
func (w *Store) scan(ctx context.Context) error {
	n, err := w.journal.records()
	if err != nil {
		return err
	}
	if w.tally, err = w.journal.tally(); err != nil {
		return err
	}
	next := 0 // the first sample of which nothing is known
	x := make([]float32, w.dim)
	err = w.each(min(n, w.n), func(i int, r record) error {
		if err := ctx.Err(); err != nil || r.nfe == 0 {
			return err
		}
		sum, err := w.points.get(i, x)
		if err != nil || sum != r.sum {
			return err
		}
		w.gap(next, i)
		next = i + 1
		w.done++
		return nil
	})
	w.gap(next, w.n)
	w.kept = w.done
	return err
}

func (w *Store) gap(first, end int) {
	if first < end {
		w.gaps = append(w.gaps, span{first, end})
	}
}

// each gives the records of samples 0 to n−1, in order.
func (w *Store) each(n int, use func(i int, r record) error) error {
	const many = 4096
	rs, b := make([]record, min(n, many)), make([]byte, min(n, many)*recordBytes)
	for first := 0; first < n; first += len(rs) {
		part := rs[:min(len(rs), n-first)]
		if err := w.journal.get(part, first, b); err != nil {
			return err
		}
		for k, r := range part {
			if err := use(first+k, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Kept is how many samples were there when the store was opened.
func (w *Store) Kept() int { return w.kept }

// Samples is how many samples there are, the shard's where the draw is one.
func (w *Store) Samples() int { return w.n }

// Done is how many samples are finished.
func (w *Store) Done() int { return w.done }

// Dir is where the samples are until they are finished.
func (w *Store) Dir() string { return w.dir }

// Draw draws the samples that are not there.
func (w *Store) Draw(ctx context.Context, x Executor, proc *field.Process,
	progress func(Progress)) error {
	if x.Dim() != w.dim {
		return fmt.Errorf("sample: Store: a field of %d coordinates, want %d", x.Dim(), w.dim)
	}
	_, err := Draw(ctx, x, proc, w.spec, w, func(p Progress) {
		w.rows = p.Rows
		progress(p)
	})
	return err
}

// Len is how many samples there are to draw.
func (w *Store) Len() int { return w.n - w.done }

// Next is the first sample that has neither been finished nor begun.
func (w *Store) Next() (int, bool) {
	if len(w.gaps) == 0 {
		return 0, false
	}
	g := &w.gaps[0]
	g.first++
	i := w.from + g.first - 1
	if g.first == g.end {
		w.gaps = w.gaps[1:]
	}
	return i, true
}

// Put writes a sample, and then that it is written.
func (w *Store) Put(s Sample) error {
	err := w.put(s.Number-w.from, s.X, record{nfe: s.NFE, stopped: s.Stopped})
	if err == nil {
		err = w.journal.setTally(w.taken())
	}
	return err
}

// put writes the sample that is here under number i, and then that it is written.
func (w *Store) put(i int, x []float32, r record) (err error) {
	if r.sum, err = w.points.put(i, x); err == nil {
		err = w.journal.put(i, r)
	}
	if err == nil {
		w.done++
	}
	return err
}

// taken is what this process and those before it took.
func (w *Store) taken() tally {
	return tally{w.tally.rows + w.rows, w.tally.time + time.Since(w.begin)}
}

// Close leaves the store for another process. What is finished is on the disk when it
// returns; where nothing is, nothing is left of the store.
func (w *Store) Close() error {
	var errs []error
	if w.points != nil {
		errs = append(errs, w.points.f.Sync(), w.points.f.Close())
	}
	if w.journal != nil {
		if w.done > 0 {
			errs = append(errs, w.journal.setTally(w.taken()), w.journal.f.Sync())
		}
		errs = append(errs, w.journal.f.Close())
	}
	return errors.Join(append(errs, w.leave())...)
}
