// Package commtest is what every group must pass, whatever carries it. Each case is called
// by all ranks, in the order of [Cases], and returns what is wrong at this rank; so a case
// runs as a test of goroutines, as a test under mpirun, and as the check that a user makes
// of a launch.
package commtest

import (
	"fmt"

	"github.com/stillfield/stillfield/comm"
)

// Case is one thing that a group must do.
type Case struct {
	Name string
	Run  func(g *comm.Group, m Memory) error
}

// Whole is the size of the largest buffers: more than one message of comm.DefaultBucket.
const Whole = 1<<20 + 3

// Memory is where the buffers of a form of groups are.
type Memory interface {
	// Alloc returns n bytes, aligned for every type of elements.
	Alloc(n int) (comm.Buffer, error)
	Free(comm.Buffer) error
	// Write and Read move the first bytes of a buffer. Read sees what collectives that were
	// waited for have written.
	Write(dst comm.Buffer, src []byte) error
	Read(dst []byte, src comm.Buffer) error
}

// HostMemory is that of groups of processes on CPUs.
type HostMemory struct{}

// Alloc makes memory of Go's.
func (HostMemory) Alloc(n int) (comm.Buffer, error) {
	return comm.Host(make([]int64, max(1, (n+7)/8))), nil
}

// Free leaves it to the garbage collector.
func (HostMemory) Free(comm.Buffer) error { return nil }

// Write copies.
func (HostMemory) Write(dst comm.Buffer, src []byte) error {
	copy(comm.Slice[byte](dst, len(src)), src)
	return nil
}

// Read copies.
func (HostMemory) Read(dst []byte, src comm.Buffer) error {
	copy(dst, comm.Slice[byte](src, len(dst)))
	return nil
}

// Cases are the suite, with buffers of at most so many elements a rank; Whole has them all.
func Cases(most int) []Case {
	list := []Case{{"barrier", func(g *comm.Group, _ Memory) error { return g.Barrier() }}}
	for _, n := range []int{0, 1, 3, 1000, 70_001, Whole} {
		if n > most {
			continue
		}
		list = append(list, collectives[float32](n)...)
		if n < Whole {
			list = append(list, collectives[byte](n)...)
			list = append(list, collectives[int64](n)...)
			list = append(list, collectives[float64](n)...)
		}
	}
	return append(list,
		Case{"started together", together},
		Case{"in place", gatherInPlace},
		Case{"the same sum on every rank", sameSum},
		Case{"many small ones", many},
	)
}

// collectives are those that move n elements of T.
func collectives[T comm.Element](n int) []Case {
	name := func(k comm.Kind) string { return fmt.Sprintf("%v of %d %v", k, n, comm.TypeOf[T]()) }
	list := []Case{
		{name(comm.KindBroadcast), func(g *comm.Group, m Memory) error { return broadcast[T](g, m, n) }},
		{name(comm.KindAllGather), func(g *comm.Group, m Memory) error { return gather[T](g, m, n) }},
		{name(comm.KindAllToAll), func(g *comm.Group, m Memory) error { return exchange[T](g, m, n) }},
	}
	if comm.TypeOf[T]() == comm.Byte {
		return list
	}
	for _, op := range []comm.Op{comm.Sum, comm.Min, comm.Max} {
		list = append(list, Case{fmt.Sprintf("%v, %v", name(comm.KindAllReduce), op),
			func(g *comm.Group, m Memory) error { return reduce[T](g, m, n, op) }})
	}
	return list
}
