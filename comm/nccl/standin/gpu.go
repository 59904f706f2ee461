// Package standin is NCCL and its GPUs for tests of what uses them: ranks that are goroutines
// of one process, with memory, streams and communicators of the same rules.
//
// It is stricter. What NCCL would hang on or answer with wrong numbers — ranks that disagree
// on a collective, its count, its order, on the identifier or the number of ranks, a group
// that is not ended, an address that is no memory of the device — is an error, at once for
// the rank that comes last and as an asynchronous error for the others. What a collective
// writes reads as NaN until somebody has seen that the stream has passed it, though the ranks
// have long all called it: whoever does not wait computes with NaN.
package standin

import (
	"fmt"
	"sync"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/nccl"
)

// Net is the machines on which the ranks are.
type Net struct {
	mu    sync.Mutex
	ids   byte // how many identifiers there are
	cliqs map[nccl.ID]*clique
	gpus  uintptr // how many
}

// New makes machines without a GPU yet.
func New() *Net { return &Net{cliqs: map[nccl.ID]*clique{}} }

// GPU is the device of one rank and what NCCL is to it. It is the nccl.Library, the
// nccl.Device and the commtest.Memory of that rank.
type GPU struct {
	net  *Net
	base uintptr
	used uintptr
	word uintptr

	allocs map[uintptr]*memory
	depth  int   // of groups
	group  []*op // since GroupStart
	queue  []*op // the stream
	passed int   // how many of queue are done
	seen   int   // how many of those somebody knows of

	clique *clique
	rank   int
}

// memory is one allocation: what is there, and what reads find.
type memory struct{ is, reads []byte }

// GPU makes another device.
func (n *Net) GPU() *GPU {
	n.mu.Lock()
	n.gpus++
	g := &GPU{net: n, base: n.gpus << 32, allocs: map[uintptr]*memory{}}
	n.mu.Unlock()
	b, _ := g.Alloc(8)
	g.word = b.Address()
	return g
}

// Current has nothing to do.
func (g *GPU) Current() error { return nil }

// Stream is the one stream.
func (g *GPU) Stream() nccl.Stream { return nccl.Stream(g.base) }

// Word is memory of its own.
func (g *GPU) Word() uintptr { return g.word }

// Alloc makes zeros.
func (g *GPU) Alloc(n int) (comm.Buffer, error) {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	at := g.base + 256 + g.used
	g.used += (uintptr(n) + 511) &^ 255 // no two allocations touch
	g.allocs[at] = &memory{make([]byte, n), make([]byte, n)}
	return comm.Device(at), nil
}

// Free takes back what Alloc has made.
func (g *GPU) Free(b comm.Buffer) error {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	if g.allocs[b.Address()] == nil {
		return fmt.Errorf("standin: Free of %#x, which is no allocation", b.Address())
	}
	delete(g.allocs, b.Address())
	return nil
}

// Write sets memory.
func (g *GPU) Write(dst comm.Buffer, src []byte) error {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	s, ok := g.span(dst.Address(), len(src))
	if !ok {
		return fmt.Errorf("standin: Write of %d bytes at %#x, which is not memory", len(src), dst.Address())
	}
	copy(s.is(), src)
	copy(s.reads(), src)
	return nil
}

// Read finds what collectives have written that somebody has waited for.
func (g *GPU) Read(dst []byte, src comm.Buffer) error {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	s, ok := g.span(src.Address(), len(dst))
	if !ok {
		return fmt.Errorf("standin: Read of %d bytes at %#x, which is not memory", len(dst), src.Address())
	}
	copy(dst, s.reads())
	return nil
}

// Mark is the end of the stream now. Whoever finds it reached may read what is before it.
func (g *GPU) Mark() (func() (bool, error), error) {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	end := len(g.queue)
	return func() (bool, error) {
		g.net.mu.Lock()
		defer g.net.mu.Unlock()
		if g.passed < end {
			return false, nil
		}
		for ; g.seen < end; g.seen++ {
			for _, s := range g.queue[g.seen].out {
				copy(s.reads(), s.is())
			}
		}
		g.hide(g.queue[g.seen:])
		return true, nil
	}, nil
}

// hide has what ops write read as NaN.
func (g *GPU) hide(ops []*op) {
	for _, o := range ops {
		for _, s := range o.out {
			for i := range s.reads() {
				s.reads()[i] = 0xff
			}
		}
	}
}

// span is n bytes of an allocation.
type span struct {
	of    *memory
	at, n int
}

func (s span) is() []byte    { return s.of.is[s.at:][:s.n] }
func (s span) reads() []byte { return s.of.reads[s.at:][:s.n] }

// span finds the allocation that n bytes from address on are in.
func (g *GPU) span(address uintptr, n int) (span, bool) {
	for at, m := range g.allocs {
		if at <= address && address-at+uintptr(n) <= uintptr(len(m.is)) {
			return span{m, int(address - at), n}, true
		}
	}
	return span{of: &memory{}}, n == 0
}
