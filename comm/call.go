package comm

import (
	"fmt"
	"unsafe"
)

// Kind is which collective a call is.
type Kind uint8

const (
	KindBarrier Kind = iota
	KindBroadcast
	KindAllReduce
	KindAllGather
	KindAllToAll

	// What else may be overdue. No transport is asked for these.
	KindJoin
	KindClose
)

var kindNames = [...]string{"barrier", "broadcast", "all-reduce", "all-gather", "all-to-all", "join", "close"}

func (k Kind) String() string { return kindNames[k] }

// Op is how AllReduce makes one value of every rank's.
type Op uint8

const (
	Sum Op = iota
	Min
	Max
)

var opNames = [...]string{"sum", "least", "greatest"}

func (o Op) String() string { return opNames[o] }

// Type is the type of a call's elements.
type Type uint8

const (
	Byte Type = iota
	Int64
	Float32
	Float64
)

var types = [...]struct {
	name  string
	bytes int
}{{"byte", 1}, {"int64", 8}, {"float32", 4}, {"float64", 8}}

func (t Type) String() string { return types[t].name }

// Bytes is the size of an element.
func (t Type) Bytes() int { return types[t].bytes }

// Element is what collectives move.
type Element interface {
	byte | int64 | float32 | float64
}

// Number is what AllReduce reduces.
type Number interface{ int64 | float32 | float64 }

// TypeOf is the type of elements that T is.
func TypeOf[T Element]() Type {
	switch any(*new(T)).(type) {
	case int64:
		return Int64
	case float32:
		return Float32
	case float64:
		return Float64
	}
	return Byte
}

// Buffer is where elements are: in host memory, or at an address of a device's. A transport
// takes one kind and refuses the other.
type Buffer struct {
	host   unsafe.Pointer
	device uintptr
}

// Host is the memory of x, which the buffer keeps alive.
func Host[T Element](x []T) Buffer { return Buffer{host: unsafe.Pointer(unsafe.SliceData(x))} }

// Device is the memory at an address of a device.
func Device(address uintptr) Buffer { return Buffer{device: address} }

// OnDevice says whether b is of a device's memory.
func (b Buffer) OnDevice() bool { return b.device != 0 }

// Pointer is where b's host memory begins.
func (b Buffer) Pointer() unsafe.Pointer { return b.host }

// Address is where b's device memory begins.
func (b Buffer) Address() uintptr { return b.device }

// At is b from byte n on.
func (b Buffer) At(n int) Buffer {
	if b.OnDevice() {
		return Buffer{device: b.device + uintptr(n)}
	}
	return Buffer{host: unsafe.Add(b.host, n)}
}

// Slice is n elements of b's host memory.
func Slice[T Element](b Buffer, n int) []T { return unsafe.Slice((*T)(b.host), n) }

// Call is one collective as a rank calls it. Broadcast and AllReduce read and write Count
// elements at Dst. AllGather reads Count elements at Src, which may be where they belong in
// Dst, and writes Size·Count. AllToAll reads and writes Size·Count, Count for each rank; Src
// and Dst must not overlap.
type Call struct {
	Kind     Kind
	Type     Type
	Op       Op
	Root     int
	Count    int
	Dst, Src Buffer
}

// Same says whether two ranks' calls are the same collective.
func (c Call) Same(d Call) bool {
	return c.Kind == d.Kind && c.Type == d.Type && c.Op == d.Op && c.Root == d.Root && c.Count == d.Count
}

// String is the collective in words: all-reduce (sum) of 1024 float32.
func (c Call) String() string {
	switch c.Kind {
	case KindBarrier, KindJoin, KindClose:
		return c.Kind.String()
	case KindBroadcast:
		return fmt.Sprintf("%v of %d %v from rank %d", c.Kind, c.Count, c.Type, c.Root)
	case KindAllReduce:
		return fmt.Sprintf("%v (%v) of %d %v", c.Kind, c.Op, c.Count, c.Type)
	}
	return fmt.Sprintf("%v of %d %v a rank", c.Kind, c.Count, c.Type)
}

// parts cuts an AllReduce or Broadcast in calls of at most bytes bytes: one long message takes
// MPI ten times as long as many short ones of the same total. Other calls are one part.
func (c Call) parts(bytes int) []Call {
	most := max(1, bytes/c.Type.Bytes())
	if bytes <= 0 || c.Kind != KindAllReduce && c.Kind != KindBroadcast || c.Count <= most {
		return []Call{c}
	}
	var list []Call
	for at := 0; at < c.Count; at += most {
		p := c
		p.Count, p.Dst = min(most, c.Count-at), c.Dst.At(at*c.Type.Bytes())
		list = append(list, p)
	}
	return list
}
