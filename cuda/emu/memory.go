package emu

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// The device's address space is cut into segments of 1 MiB. An allocation owns
// whole segments, begins 256 bytes into the first, and its addresses are never
// given out again. So the allocation of an address is found by one look-up in a table, a
// stray access falls into a gap between allocations, and one to freed memory is known by
// the entry of its allocation, which stays.
const (
	segmentLog  = 20
	segment     = 1 << segmentLog
	firstOffset = 256
	lastAddress = sharedWindow
)

// An allocation is one piece of device memory with its shadow.
type allocation struct {
	start, size uint64
	data        []byte
	base        unsafe.Pointer // of data; nil when freed
	init        []uint64       // a bit for each byte that has been written
	full        bool           // every bit of init is set
	readonly    bool           // .const
	name        string         // of a module's variable
	module      uint64
	// Shadow cells of race_global.go: who last wrote and read each grain.
	writers, readers []uint32
	grain            uint // log2 of the bytes a cell stands for
}

// describe names an allocation in findings.
func (a *allocation) describe() string {
	if a.name != "" {
		return fmt.Sprintf("variable %s of %d bytes", a.name, a.size)
	}
	return fmt.Sprintf("the allocation of %d bytes at %#x", a.size, a.start)
}

// memory is the device memory of a context.
type memory struct {
	table []*allocation // by segment
	used  uint64
	limit uint64
	check bool
	thin  bool // see thinMemory
}

// newMemory is device memory of limit bytes, with what the checks need if check.
func newMemory(limit uint64, check, thin bool) *memory {
	return &memory{table: make([]*allocation, 1), limit: limit, check: check, thin: thin}
}

// alloc returns n bytes set to 0xff, which is NaN in every float format, or to 0 where memory is
// thin, or nil when there is no room.
func (m *memory) alloc(n uint64) *allocation {
	if n > m.limit-m.used || uint64(len(m.table))<<segmentLog+n+2*segment > lastAddress {
		return nil
	}
	a := &allocation{start: uint64(len(m.table))<<segmentLog + firstOffset, size: n}
	if m.thin {
		if a.data = thinMemory(n); a.data == nil {
			return nil
		}
		a.base = unsafe.Pointer(&a.data[0])
	} else {
		words := make([]uint64, (n+7)/8)
		for i := range words {
			words[i] = ^uint64(0)
		}
		a.base = unsafe.Pointer(&words[0])
		a.data = unsafe.Slice((*byte)(a.base), n)
	}
	if m.check {
		a.init = make([]uint64, (n+63)/64)
	} else {
		a.full = true
	}
	for k := (firstOffset + n + segment - 1 + firstOffset) >> segmentLog; k > 0; k-- {
		m.table = append(m.table, a)
	}
	m.used += n
	return a
}

// free gives the bytes back and leaves the entry in the table, as freed.
func (m *memory) free(a *allocation) {
	m.used -= a.size
	if m.thin {
		freeThin(a.data)
	}
	a.data, a.base, a.init, a.writers, a.readers = nil, nil, nil, nil, nil
}

// find returns the allocation whose segment holds addr, nil if there is none.
// Whether addr lies inside it is for the caller to see.
func (m *memory) find(addr uint64) *allocation {
	if k := addr >> segmentLog; k < uint64(len(m.table)) {
		return m.table[k]
	}
	return nil
}

// holds says whether n bytes at addr lie inside a live allocation.
func (a *allocation) holds(addr, n uint64) bool {
	return a.base != nil && addr >= a.start && addr-a.start <= a.size && n <= a.size-(addr-a.start)
}

// at is a pointer to the byte with the given address.
func (a *allocation) at(addr uint64) unsafe.Pointer { return unsafe.Add(a.base, addr-a.start) }

// defined says whether n bytes at offset off have been written; n is at most 64
// and the range does not cross a multiple of 64, as aligned accesses do not.
func (a *allocation) defined(off uint64, n uint) bool {
	m := (uint64(1)<<n - 1) << (off & 63)
	return a.init[off>>6]&m == m
}

func (a *allocation) define(off uint64, n uint) {
	a.init[off>>6] |= (uint64(1)<<n - 1) << (off & 63)
}

// defineRange marks n bytes at off as written.
func (a *allocation) defineRange(off, n uint64) {
	if a.full || n == 0 {
		return
	}
	if off == 0 && n == a.size {
		a.full = true
		return
	}
	for end := off + n; off < end; {
		k := min(64-off&63, end-off)
		a.init[off>>6] |= ^uint64(0) >> (64 - k) << (off & 63)
		off += k
	}
}

// undefine makes n bytes at off count as never written, and sets them to 0xff.
func (a *allocation) undefine(off, n uint64) {
	b := a.data[off : off+n]
	for i := range b {
		b[i] = 0xff
	}
	a.unfull()
	for end := off + n; off < end; {
		k := min(64-off&63, end-off)
		a.init[off>>6] &^= ^uint64(0) >> (64 - k) << (off & 63)
		off += k
	}
}

// undefinedIn returns the first byte of the range never written, or −1.
func (a *allocation) undefinedIn(off, n uint64) int64 {
	if a.full {
		return -1
	}
	for end := off + n; off < end; {
		k := min(64-off&63, end-off)
		m := ^uint64(0) >> (64 - k) << (off & 63)
		if miss := m &^ a.init[off>>6]; miss != 0 {
			return int64(off&^63) + int64(bits.TrailingZeros64(miss))
		}
		off += k
	}
	return -1
}

// copyDefined copies which bytes have been written along with a copy.
func copyDefined(dst *allocation, doff uint64, src *allocation, soff, n uint64) {
	if src.full {
		dst.defineRange(doff, n)
		return
	}
	dst.unfull()
	for i := range n {
		b := src.init[(soff+i)>>6] >> ((soff + i) & 63) & 1
		w := &dst.init[(doff+i)>>6]
		*w = *w&^(1<<((doff+i)&63)) | b<<((doff+i)&63)
	}
}

// unfull lets single bytes of a be undefined again.
func (a *allocation) unfull() {
	if !a.full {
		return
	}
	a.full = false
	if a.init == nil { // a variable of a module
		a.init = make([]uint64, (a.size+63)/64)
	}
	for i := range a.init {
		a.init[i] = ^uint64(0)
	}
}
