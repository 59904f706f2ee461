//go:build amd64 || arm64

package mpi

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/stillfield/stillfield/comm"
)

// calls are the addresses of MPI's functions in a library, and its ABI.
type calls struct {
	abi
	getVersion, initThread, setErrors, commRank, commSize uintptr
	barrier, broadcast, allReduce, allGather, allToAll    uintptr
	testOne, errorString, abortAll, finish                uintptr
}

// functions are what is looked up, by name.
func (c *calls) functions() map[string]*uintptr {
	return map[string]*uintptr{
		"MPI_Get_library_version": &c.getVersion, "MPI_Init_thread": &c.initThread,
		"MPI_Comm_set_errhandler": &c.setErrors, "MPI_Comm_rank": &c.commRank, "MPI_Comm_size": &c.commSize,
		"MPI_Ibarrier": &c.barrier, "MPI_Ibcast": &c.broadcast, "MPI_Iallreduce": &c.allReduce,
		"MPI_Iallgather": &c.allGather, "MPI_Ialltoall": &c.allToAll,
		"MPI_Test": &c.testOne, "MPI_Error_string": &c.errorString, "MPI_Abort": &c.abortAll,
		"MPI_Finalize": &c.finish,
	}
}

// load opens the first library of files that is there.
func load(files []string) (library, string, error) {
	// UCX would take the signals that Go makes panics of; a list of its own is the user's wish.
	if os.Getenv("UCX_ERROR_SIGNALS") == "" {
		os.Setenv("UCX_ERROR_SIGNALS", "SIGILL")
	}
	var why []string
	for _, file := range files {
		// The plug-ins of Open MPI look for its symbols among those that all can see.
		handle, err := purego.Dlopen(file, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			why = append(why, strings.TrimSpace(err.Error()))
			continue
		}
		c, err := bind(file, handle)
		return c, file, err
	}
	return nil, "", fmt.Errorf("%w: %s", ErrNoLibrary, strings.Join(why, "; "))
}

// bind finds the functions of an open library, and its ABI.
func bind(file string, handle uintptr) (*calls, error) {
	symbol := func(name string) uintptr {
		p, err := purego.Dlsym(handle, name)
		if err != nil {
			return 0
		}
		return p
	}
	c := new(calls)
	for name, to := range c.functions() {
		if *to = symbol(name); *to == 0 {
			return nil, fmt.Errorf("%s has no %s", file, name)
		}
	}
	var ok bool
	if c.abi, ok = abiOf(file, c.version(), symbol); !ok {
		return nil, fmt.Errorf("%s calls itself %q: want Open MPI, MPICH or what is built like it, or MPI 5",
			file, c.version())
	}
	return c, nil
}

// call calls a function that returns a code. Memory that an argument points to must be
// converted to uintptr in the call itself: that is what keeps it alive and in place.
//
//go:uintptrescapes
func call(fn uintptr, args ...uintptr) code {
	r, _, _ := purego.SyscallN(fn, args...)
	return code(int32(r))
}

// textBytes is more than any library's longest string.
const textBytes = 8192

// MPI_Get_library_version(char *, int *)
func (c *calls) version() string {
	b := make([]byte, textBytes+1)
	var n int32
	call(c.getVersion, uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&n)))
	return title(string(b[:min(max(n, 0), textBytes)]))
}

// MPI_Error_string(int, char *, int *)
func (c *calls) text(of code) string {
	b := make([]byte, textBytes+1)
	var n int32
	call(c.errorString, uintptr(of), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&n)))
	return strings.Join(strings.Fields(strings.TrimRight(string(b[:min(max(n, 0), textBytes)]), "\x00")), " ")
}

// MPI_Init_thread(int *, char ***, int, int *), MPI_Comm_set_errhandler(MPI_Comm, MPI_Errhandler)
func (c *calls) init() (bool, code) {
	had := handlers()
	var got int32
	r := call(c.initThread, 0, 0, uintptr(c.serialized), uintptr(unsafe.Pointer(&got)))
	had.restore()
	if r == 0 {
		r = call(c.setErrors, c.world, c.errorsReturn)
	}
	return got >= c.serialized, r
}

// MPI_Comm_rank(MPI_Comm, int *)
func (c *calls) rank() (int, code) {
	var n int32
	r := call(c.commRank, c.world, uintptr(unsafe.Pointer(&n)))
	return int(n), r
}

// MPI_Comm_size(MPI_Comm, int *)
func (c *calls) size() (int, code) {
	var n int32
	r := call(c.commSize, c.world, uintptr(unsafe.Pointer(&n)))
	return int(n), r
}

// MPI_Ibarrier(MPI_Comm, MPI_Request *)
// MPI_Ibcast(void *, int, MPI_Datatype, int, MPI_Comm, MPI_Request *)
// MPI_Iallreduce(const void *, void *, int, MPI_Datatype, MPI_Op, MPI_Comm, MPI_Request *)
// MPI_Iallgather(const void *, int, MPI_Datatype, void *, int, MPI_Datatype, MPI_Comm, MPI_Request *)
// MPI_Ialltoall(const void *, int, MPI_Datatype, void *, int, MPI_Datatype, MPI_Comm, MPI_Request *)
func (c *calls) start(k comm.Call, request *uintptr) code {
	n, t := uintptr(k.Count), c.types[k.Type]
	dst, src := k.Dst.Pointer(), k.Src.Pointer()
	switch k.Kind {
	case comm.KindBarrier:
		return call(c.barrier, c.world, uintptr(unsafe.Pointer(request)))
	case comm.KindBroadcast:
		return call(c.broadcast, uintptr(dst), n, t, uintptr(k.Root), c.world,
			uintptr(unsafe.Pointer(request)))
	case comm.KindAllReduce:
		return call(c.allReduce, c.inPlace, uintptr(dst), n, t, c.ops[k.Op], c.world,
			uintptr(unsafe.Pointer(request)))
	case comm.KindAllGather:
		from := uintptr(src)
		if me, _ := c.rank(); k.Dst.At(me*k.Count*k.Type.Bytes()) == k.Src {
			from = c.inPlace
		}
		return call(c.allGather, from, n, t, uintptr(dst), n, t, c.world, uintptr(unsafe.Pointer(request)))
	}
	return call(c.allToAll, uintptr(src), n, t, uintptr(dst), n, t, c.world, uintptr(unsafe.Pointer(request)))
}

// MPI_Test(MPI_Request *, int *, MPI_Status *)
func (c *calls) test(request *uintptr) (bool, code) {
	var flag int32
	r := call(c.testOne, uintptr(unsafe.Pointer(request)), uintptr(unsafe.Pointer(&flag)), c.ignore)
	return flag != 0, r
}

// MPI_Abort(MPI_Comm, int)
func (c *calls) abort(status int) { call(c.abortAll, c.world, uintptr(status)) }

// MPI_Finalize(void)
func (c *calls) finalize() code { return call(c.finish) }
