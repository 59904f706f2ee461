package binding

import (
	"slices"
	"unsafe"
)

// kind says what a handle stands for.
type kind uint8

const (
	memory kind = iota
	host
	module
	function
	stream
	event
	graph
	exec
	kinds
)

func (k kind) String() string {
	return [kinds]string{"device memory", "host memory", "module", "function", "stream", "event",
		"graph", "executable graph"}[k]
}

// entry is what is known of one live handle.
type entry struct {
	host   unsafe.Pointer // host: the memory itself
	size   int            // host: bytes
	owner  uint64         // function: its module
	params int            // function: how many parameters it takes, −1 if unknown
}

// ledger is what a context has handed out and not yet taken back.
type ledger struct {
	live [kinds]map[uint64]entry
}

// newLedger is a ledger of nothing.
func newLedger() *ledger {
	l := new(ledger)
	for k := range l.live {
		l.live[k] = make(map[uint64]entry)
	}
	return l
}

// add notes a live handle.
func (l *ledger) add(k kind, h uint64, e entry) { l.live[k][h] = e }

// has says whether a handle is live.
func (l *ledger) has(k kind, h uint64) bool {
	_, ok := l.live[k][h]
	return ok
}

// remove forgets h, and with a module its functions.
func (l *ledger) remove(k kind, h uint64) {
	delete(l.live[k], h)
	if k != module {
		return
	}
	for _, f := range l.handles(function) {
		if l.live[function][f].owner == h {
			delete(l.live[function], f)
		}
	}
}

// handles are the live ones of kind k in ascending order.
func (l *ledger) handles(k kind) []uint64 {
	hs := make([]uint64, 0, len(l.live[k]))
	for h := range l.live[k] {
		hs = append(hs, h)
	}
	slices.Sort(hs)
	return hs
}

// address is where host memory lies.
func (l *ledger) address(h uint64) unsafe.Pointer { return l.live[host][h].host }

// pinned reports whether b lies within one live host allocation. There are a
// handful of those, so a scan is enough.
func (l *ledger) pinned(b []byte) bool {
	p := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	for h, e := range l.live[host] {
		from := uintptr(h)
		if p >= from && p-from <= uintptr(e.size) && uintptr(len(b)) <= uintptr(e.size)-(p-from) {
			return true
		}
	}
	return false
}
