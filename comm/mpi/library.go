package mpi

import "github.com/stillfield/stillfield/comm"

// code is what MPI's functions return; 0 is success.
type code int32

// library is what is called of MPI, on MPI_COMM_WORLD. It is called by one goroutine at a
// time.
type library interface {
	// version is the first line of what the library calls itself.
	version() string
	// init joins the world, for calls from any thread, one at a time, and has errors
	// returned. enough is false where the library wants one thread alone.
	init() (enough bool, c code)
	rank() (int, code)
	size() (int, code)
	// start begins a nonblocking collective and sets *request.
	start(call comm.Call, request *uintptr) code
	// test says whether a request is done, which frees it.
	test(request *uintptr) (bool, code)
	// text is what the library says of a code.
	text(c code) string
	abort(status int)
	finalize() code
}
