package train

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// Shared is an error that ends every process of a group by itself: all know of it, one by its
// own error and the others by an [Elsewhere]. Of any other error they know nothing.
type Shared struct{ err error }

func (s *Shared) Error() string { return s.err.Error() }

// Unwrap is the error.
func (s *Shared) Unwrap() error { return s.err }

// Elsewhere is the error of another process, which tells of it: there is nothing more to say here.
type Elsewhere struct {
	Rank int
	Text string // of the error
}

func (e *Elsewhere) Error() string { return fmt.Sprintf("process %d: %s", e.Rank, e.Text) }

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

// err is the error that w tells of, which is another process': nil for none.
func (w *word) err(rank int) error {
	switch from := (&Elsewhere{rank, textOf(w[1:])}); w[0] {
	case wordStopped:
		return &Shared{fmt.Errorf("%w: %w", ErrStopped, from)}
	case wordFailed:
		return &Shared{from}
	}
	return nil
}

// textOf is what b holds before the first byte that is 0.
func textOf(b []byte) string {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return string(b)
}

// Agree has every process of g call it with how something has gone, and go on if it has gone
// well with all. A process returns its own error, unless one before it has the same or it has
// none and another has: then the first such.
func Agree(g *comm.Group, err error) error {
	if g.Size() == 1 {
		return err
	}
	mine := wordOf(err)
	all := make([]byte, wordLen*g.Size())
	if lost := comm.AllGather(g, all, mine[:]); lost != nil {
		return errors.Join(err, lost)
	}
	for rank := range g.Size() {
		w := word(all[rank*wordLen:])
		if w[0] != wordWell && rank != g.Rank() && (err == nil || rank < g.Rank() && w == mine) {
			return w.err(rank)
		}
	}
	if err != nil {
		return &Shared{err}
	}
	return nil
}

// agree is Agree of the trainer's group.
func (r *trainer) agree(err error) error { return Agree(r.group, err) }

// common is an error that every process has found alike: process 0 tells of it.
func (r *trainer) common(err error) error {
	switch {
	case err == nil || !r.many():
		return err
	case r.leads():
		return &Shared{err}
	}
	return &Shared{&Elsewhere{0, err.Error()}}
}

// sign is how often process 0, when it works alone, tells the others that it still does.
const sign = 2 * time.Second

// LeastDeadline is the least time that the collectives of a group which trains should have:
// that of a few signs of process 0.
const LeastDeadline = 4 * sign

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
	done, lost := make(chan struct{}), make(chan error, 1)
	go func() { lost <- r.signs(done) }()
	err := work()
	close(done)
	if lost := <-lost; lost != nil {
		return errors.Join(err, lost)
	}
	w := wordOf(err)
	if lost := comm.Broadcast(r.group, 0, w[:]); lost != nil {
		return errors.Join(err, lost)
	}
	return r.common(err)
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
