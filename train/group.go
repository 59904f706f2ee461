package train

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// Elsewhere is how a run ends that an error of another process has ended, or one that all
// processes have found and process 0 tells of: there is nothing more to say here.
type Elsewhere struct {
	Rank int
	Text string // of the error
}

func (e *Elsewhere) Error() string { return fmt.Sprintf("train: process %d: %s", e.Rank, e.Text) }

// leads reports whether this process is the one that writes: the run's directory, its log, its
// pictures and whatever else is made of the weights.
func (r *trainer) leads() bool { return r.group.Rank() == 0 }

// many reports whether there are other processes.
func (r *trainer) many() bool { return r.group.Size() > 1 }

// wordLen is the most bytes of a word that one process tells the others.
const wordLen = 2048

// word is what a process tells the others of how something has gone.
type word [wordLen]byte

// The first byte of a word.
const (
	wordWell    = iota // nothing else
	wordStopped        // the text of an error that is ErrStopped
	wordFailed         // the text of another error
	wordBusy           // more is to come
)

// wordOf is the word of an error, nil for none.
func wordOf(err error) (w word) {
	if err != nil {
		w[0] = wordFailed
		if errors.Is(err, ErrStopped) {
			w[0] = wordStopped
		}
		copy(w[1:], err.Error())
	}
	return w
}

// text is the text of an error in w.
func (w *word) text() string { return textOf(w[1:]) }

// textOf is what b holds before the first byte that is 0.
func textOf(b []byte) string {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return string(b)
}

// err is the error that w tells of, on another process than rank; nil for none.
func (w *word) err(rank int) error {
	switch w[0] {
	case wordStopped:
		return fmt.Errorf("%w: %w", ErrStopped, &Elsewhere{rank, w.text()})
	case wordFailed:
		return &Elsewhere{rank, w.text()}
	}
	return nil
}

// agree returns err where there is one, and else the error of the first process that has one:
// every process calls it, and goes on if all have gone well.
func (r *trainer) agree(err error) error {
	if !r.many() {
		return err
	}
	mine := wordOf(err)
	all := make([]byte, wordLen*r.group.Size())
	if failed := comm.AllGather(r.group, all, mine[:]); failed != nil {
		return errors.Join(err, failed)
	}
	for rank := 0; rank < r.group.Size() && err == nil; rank++ {
		w := word(all[rank*wordLen:])
		err = w.err(rank)
	}
	return err
}

// common is an error that every process has found alike: process 0 tells of it.
func (r *trainer) common(err error) error {
	if err == nil || r.leads() {
		return err
	}
	return &Elsewhere{0, err.Error()}
}

// sign is how often process 0, when it works alone, tells the others that it still does: well
// within the time that a collective may take.
const sign = 10 * time.Second

// alone has process 0 do what one process is enough for, while the others wait for it, however
// long that takes. All return how it has gone.
func (r *trainer) alone(work func() error) error {
	if !r.many() {
		return work()
	}
	if !r.leads() {
		for {
			var w word
			if err := comm.Broadcast(r.group, 0, w[:]); err != nil {
				return err
			}
			if w[0] != wordBusy {
				return w.err(0)
			}
		}
	}
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() { failed <- r.signs(done) }()
	err := work()
	close(done)
	if lost := <-failed; lost != nil {
		return errors.Join(err, lost)
	}
	w := wordOf(err)
	return errors.Join(err, comm.Broadcast(r.group, 0, w[:]))
}

// signs tells the others that process 0 is busy until it is done.
func (r *trainer) signs(done chan struct{}) error {
	tick := time.NewTicker(sign)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-tick.C:
			busy := word{wordBusy}
			if err := comm.Broadcast(r.group, 0, busy[:]); err != nil {
				return err
			}
		}
	}
}
