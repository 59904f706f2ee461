//go:build fakecuda

// Fakecuda is a libcuda.so.1 that runs on the CPU: the emulator behind the C
// interface of the CUDA driver, so that a program which opens or links the
// driver runs unchanged on a machine without a GPU.
//
//	go build -tags fakecuda -buildmode=c-shared -o libcuda.so.1 ./internal/fakecuda
//	LD_LIBRARY_PATH=. program
//
// It is a Go runtime of its own inside the program's process. Two of them get
// along: each has its threads, its heap and its collector, and a signal that is
// not for one is passed on to the other. A minute of both collecting, preempting
// tight loops, recovering from nil dereferences, being profiled and signalled at
// once went by without a fault, in a program with cgo and in one without. They
// share nothing but page-locked memory, which this one keeps until it is freed.
// The library cannot be closed.
//
// The environment says what goes wrong, and what machine this is:
//
//	STILLFIELD_FAKE_INIT=100          what cuInit returns: 100 is "no device"
//	STILLFIELD_FAKE_VERSION=10020     what cuDriverGetVersion says
//	STILLFIELD_FAKE_MEMORY=1073741824 bytes of device memory
//	STILLFIELD_FAKE_OOM=1048576       no memory once so many bytes were asked for
//	STILLFIELD_FAKE_FAIL=7            the 7th launch fails when it runs
//	STILLFIELD_FAKE_LOSE=7            at the 7th launch the device is lost
//	STILLFIELD_FAKE_UNCHECKED=1       no sanitizer, which is faster
//	STILLFIELD_FAKE_WORKERS=2         goroutines for the blocks of a launch
//
// What the emulator finds wrong with a program is written to standard error,
// since the interface has room for a number only.
package main

/*
#include <stdint.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/internal/standin"
)

// notSupported is CUDA_ERROR_NOT_SUPPORTED.
const notSupported = 801

// initResult is what cuInit returns.
var initResult = int(number("STILLFIELD_FAKE_INIT"))

// api answers every call.
var api = open()

func main() {}

func open() *standin.Standin {
	s := standin.New(emu.New(emu.Options{
		Version:          int(number("STILLFIELD_FAKE_VERSION")),
		Memory:           number("STILLFIELD_FAKE_MEMORY"),
		OutOfMemoryAfter: number("STILLFIELD_FAKE_OOM"),
		FailLaunch:       int(number("STILLFIELD_FAKE_FAIL")),
		LoseDevice:       int(number("STILLFIELD_FAKE_LOSE")),
		Unchecked:        number("STILLFIELD_FAKE_UNCHECKED") != 0,
		Workers:          int(number("STILLFIELD_FAKE_WORKERS")),
	}))
	s.Report = report
	return s
}

// number reads a variable of the environment, 0 if it is not set. A value that
// is no number stops the program: a fault that was asked for must not be missed.
func number(name string) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fakecuda: %s: got %q, want a number\n", name, text)
		os.Exit(2)
	}
	return n
}

// report writes down what the sanitizer found.
func report(err error) {
	var f *emu.Finding
	if errors.As(err, &f) {
		fmt.Fprintf(os.Stderr, "fakecuda: %v\n", err)
	}
}

// base is added to a handle on its way out. To the program it is a pointer, and
// a program in Go may hold it as one: it must not be small, which the collector
// takes for a fault, nor lie in anybody's memory.
const base = 1 << 56

func out(h uint64) C.uint64_t {
	if h == 0 {
		return 0
	}
	return C.uint64_t(h + base)
}

func in(h C.uint64_t) uint64 {
	if h == 0 {
		return 0
	}
	return uint64(h) - base
}

// texts keeps the strings given out by cuGetErrorString, which are forever.
var texts struct {
	sync.Mutex
	c map[driver.Code]*C.char
}

func cText(r driver.Code) *C.char {
	s := api.ErrorText(r)
	if s == "" {
		return nil
	}
	texts.Lock()
	defer texts.Unlock()
	if texts.c == nil {
		texts.c = make(map[driver.Code]*C.char)
	}
	if texts.c[r] == nil {
		texts.c[r] = C.CString(s)
	}
	return texts.c[r]
}
