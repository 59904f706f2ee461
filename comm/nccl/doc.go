// Package nccl carries a group of GPUs over NVIDIA's NCCL: collectives on device memory, in
// the order of a stream of their own. It opens libnccl.so.2 when asked to and calls it without
// cgo or headers. The processes find each other through another group, MPI's, of which NCCL
// needs one broadcast of 128 bytes.
//
// Start puts a collective on the stream and returns; its result is there for what waits for
// the stream, on the device without the host. A request is done when the stream has come
// there. Meanwhile NCCL is asked for the errors that it finds behind the program's back, and
// whoever fails has the others' deadline.
//
// No GPU has run this: it is held to the suite of comm/commtest by a stand-in
// (comm/nccl/standin) that refuses what NCCL would hang on. It proves the calls and their
// order, and nothing of NCCL or of speed.
package nccl

import "errors"

// ErrNoLibrary is in the chain of Open's error when there is no NCCL to open, or none for this
// system.
var ErrNoLibrary = errors.New("no NCCL library")
