package local

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/stillfield/stillfield/comm"
)

// hub is where the ranks of a group meet.
type hub struct {
	size int

	mu     sync.Mutex
	next   []int         // by rank, the number of its next call
	left   []bool        // by rank
	turns  map[int]*turn // those that some ranks have called and some have not
	failed error
}

func newHub(n int) *hub {
	return &hub{size: n, next: make([]int, n), left: make([]bool, n), turns: map[int]*turn{}}
}

// turn is one collective, by rank; done is nil for those that have not called it.
type turn struct {
	call []comm.Call
	in   [][]byte
	done []func(error)
}

// arrive is rank r's next call.
func (h *hub) arrive(r int, c comm.Call, done func(error)) {
	h.mu.Lock()
	k := h.next[r]
	h.next[r]++
	t := h.turns[k]
	if t == nil {
		t = &turn{make([]comm.Call, h.size), make([][]byte, h.size), make([]func(error), h.size)}
		h.turns[k] = t
	}
	err := h.failed
	if err == nil {
		err = h.refusal(r, k, c)
	}
	if err != nil {
		h.mu.Unlock()
		done(err)
		h.fail(err)
		return
	}
	t.call[r], t.in[r], t.done[r] = c, take(c, r, h.size), done
	if slices.ContainsFunc(t.done, func(f func(error)) bool { return f == nil }) {
		h.mu.Unlock()
		return
	}
	delete(h.turns, k)
	t.move()
	h.mu.Unlock()
	for _, f := range t.done {
		f(nil)
	}
}

// refusal is why rank r's call number k cannot be: another rank called something else, or
// will not call it.
func (h *hub) refusal(r, k int, c comm.Call) error {
	if c.Dst.OnDevice() || c.Src.OnDevice() {
		return errors.New("got device memory, want the host's")
	}
	for other, called := range h.turns[k].done {
		switch {
		case called != nil && !h.turns[k].call[other].Same(c):
			a, b, first, second := other, r, h.turns[k].call[other], c
			if r < other {
				a, b, first, second = b, a, second, first
			}
			return fmt.Errorf("call %d of rank %d is %v, of rank %d %v", k, a, first, b, second)
		case called == nil && h.left[other] && h.next[other] <= k:
			return fmt.Errorf("rank %d left the group after %d calls, rank %d makes one more: %v",
				other, h.next[other], r, c)
		}
	}
	return nil
}

// leave takes rank r out of the group, and fails it where another waits for r.
func (h *hub) leave(r int) {
	h.mu.Lock()
	h.left[r] = true
	var err error
	for k, t := range h.turns {
		if t.done[r] != nil || k < h.next[r] {
			continue
		}
		for other, done := range t.done {
			if done != nil && err == nil {
				err = fmt.Errorf("rank %d left the group after %d calls, rank %d waits in %v",
					r, h.next[r], other, t.call[other])
			}
		}
	}
	h.mu.Unlock()
	if err != nil {
		h.fail(err)
	}
}

// fail hands err to every call that waits, and to every later one.
func (h *hub) fail(err error) {
	h.mu.Lock()
	if h.failed == nil {
		h.failed = err
	}
	err = h.failed
	waiting := h.turns
	h.turns = map[int]*turn{}
	h.mu.Unlock()
	for _, t := range waiting {
		for _, done := range t.done {
			if done != nil {
				done(err)
			}
		}
	}
}
