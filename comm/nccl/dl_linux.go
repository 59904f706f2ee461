//go:build amd64 || arm64

package nccl

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// calls are NCCL's functions. Go's types are as wide as C's: int32 for int and enumerations,
// uint64 for size_t, uintptr for pointers and handles.
type calls struct {
	version     func(*int32) Code
	errorString func(Code) string
	uniqueID    func(*ID) Code
	initRank    func(c *Comm, ranks int32, id words, rank int32) Code
	asyncError  func(Comm, *Code) Code
	abort       func(Comm) Code
	destroy     func(Comm) Code
	groupStart  func() Code
	groupEnd    func() Code
	allReduce   func(src, dst uintptr, n uint64, t Type, op Op, c Comm, s Stream) Code
	broadcast   func(src, dst uintptr, n uint64, t Type, root int32, c Comm, s Stream) Code
	allGather   func(src, dst uintptr, n uint64, t Type, c Comm, s Stream) Code
	send        func(src uintptr, n uint64, t Type, peer int32, c Comm, s Stream) Code
	recv        func(dst uintptr, n uint64, t Type, peer int32, c Comm, s Stream) Code
}

// words is an ID as CommInitRank takes it, by value.
type words struct{ W [16]uint64 }

// library is the name that NCCL has had since version 2.
const library = "libnccl.so.2"

// load opens NCCL.
func load() (Library, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNoLibrary, err)
	}
	return bind(handle)
}

// bind finds the functions of an open library.
func bind(handle uintptr) (Library, error) {
	c := new(calls)
	for name, f := range map[string]any{
		"ncclGetVersion": &c.version, "ncclGetErrorString": &c.errorString,
		"ncclGetUniqueId": &c.uniqueID, "ncclCommInitRank": &c.initRank,
		"ncclCommGetAsyncError": &c.asyncError, "ncclCommAbort": &c.abort, "ncclCommDestroy": &c.destroy,
		"ncclGroupStart": &c.groupStart, "ncclGroupEnd": &c.groupEnd,
		"ncclAllReduce": &c.allReduce, "ncclBroadcast": &c.broadcast, "ncclAllGather": &c.allGather,
		"ncclSend": &c.send, "ncclRecv": &c.recv,
	} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%s has no %s", library, name)
		}
		purego.RegisterFunc(f, address)
	}
	return c, nil
}

// GetVersion is 10000·major + 100·minor + patch since NCCL 2.9.
func (c *calls) GetVersion() (int, Code) {
	var v int32
	r := c.version(&v)
	return int(v), r
}

// GetErrorString is the library's words for a code.
func (c *calls) GetErrorString(of Code) string { return c.errorString(of) }

// GetUniqueId makes an ID, which one rank hands to the others.
func (c *calls) GetUniqueId() (id ID, r Code) {
	r = c.uniqueID(&id)
	return id, r
}

// CommInitRank joins a communicator.
func (c *calls) CommInitRank(ranks int, id ID, rank int) (k Comm, r Code) {
	r = c.initRank(&k, int32(ranks), *(*words)(unsafe.Pointer(&id)), int32(rank))
	return k, r
}

// CommGetAsyncError is what has gone wrong since the calls returned.
func (c *calls) CommGetAsyncError(k Comm) (found, r Code) {
	r = c.asyncError(k, &found)
	return found, r
}

// CommAbort frees a communicator without waiting for its work.
func (c *calls) CommAbort(k Comm) Code { return c.abort(k) }

// CommDestroy frees a communicator whose work is done.
func (c *calls) CommDestroy(k Comm) Code { return c.destroy(k) }

// GroupStart begins calls that are to be one.
func (c *calls) GroupStart() Code { return c.groupStart() }

// GroupEnd puts the calls since GroupStart on their streams.
func (c *calls) GroupEnd() Code { return c.groupEnd() }

// AllReduce reduces n elements.
func (c *calls) AllReduce(src, dst uintptr, n int, t Type, op Op, k Comm, s Stream) Code {
	return c.allReduce(src, dst, uint64(n), t, op, k, s)
}

// Broadcast sends n elements of the root's.
func (c *calls) Broadcast(src, dst uintptr, n int, t Type, root int, k Comm, s Stream) Code {
	return c.broadcast(src, dst, uint64(n), t, int32(root), k, s)
}

// AllGather sends n elements of every rank's.
func (c *calls) AllGather(src, dst uintptr, n int, t Type, k Comm, s Stream) Code {
	return c.allGather(src, dst, uint64(n), t, k, s)
}

// Send sends n elements to one rank.
func (c *calls) Send(src uintptr, n int, t Type, peer int, k Comm, s Stream) Code {
	return c.send(src, uint64(n), t, int32(peer), k, s)
}

// Recv takes n elements of one rank.
func (c *calls) Recv(dst uintptr, n int, t Type, peer int, k Comm, s Stream) Code {
	return c.recv(dst, uint64(n), t, int32(peer), k, s)
}
