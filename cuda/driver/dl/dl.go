// Package dl reaches the CUDA driver without cgo, headers or a toolkit: it
// opens libcuda.so.1 when asked to, looks the calls up by name and calls them
// by the C convention. One binary therefore serves machines with and without a
// GPU, and any driver since CUDA 11.0.
//
// The names are the exported ones, which carry the version of the interface
// (cuMemAlloc_v2): the header hides that from C, nothing hides it here. What
// C would check — the number and width of arguments — nothing checks either,
// so every call is one line in calls.go beside its C signature.
package dl

import "errors"

// ErrNoLibrary is in the chain of Open's error when there is no driver library
// to open, or none for this operating system.
var ErrNoLibrary = errors.New("no CUDA driver")

// ErrSymbol is in the chain of Open's error when the library lacks a call.
var ErrSymbol = errors.New("missing call")
