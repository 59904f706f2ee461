// Package mpi carries a group over MPI, whichever library the site has: it opens libmpi when
// asked to and calls it by the C convention, without cgo, headers or anything at link time.
// One binary serves Open MPI 4 and 5, MPICH and what is built like it (Intel MPI, MVAPICH,
// Cray MPICH), and the standard ABI of MPI 5.
//
// One goroutine makes all calls, so the library is asked for MPI_THREAD_SERIALIZED and no
// more. It starts nonblocking collectives in the order in which they come and tests them in
// turn: MPI moves data only while it is called, so without that nothing would move while the
// program computes.
//
// A library takes liberties with a process's signals. UCX, on which MPICH may run, takes
// SIGSEGV, which Go turns into a panic, and MPICH takes SIGUSR1, which Slurm may send before
// it ends a job, with a handler that is fatal on a goroutine's stack. So UCX is told to leave
// these alone before the library is opened, and after it has begun the handlers that the
// program had are put back, and others are moved to the signal stack.
package mpi

import "errors"

// ErrNoLibrary is in the chain of Open's error when there is no MPI library to open, or none
// for this system.
var ErrNoLibrary = errors.New("no MPI library")
