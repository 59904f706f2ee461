package mpi

import (
	"fmt"
	"sync/atomic"

	"github.com/stillfield/stillfield/comm"
)

// fake is a library whose collectives are those of a group of goroutines. It counts what is
// asked of it, and says when two calls come at once.
type fake struct {
	group    *comm.Group
	enough   bool
	initCode code
	sizeCode code
	// startCode and testCode are what collective number failing returns.
	failing             int
	startCode, testCode code
	endCode             code
	stuck               chan bool // until it is closed, test and finalize do not return; nil never
	stuckEnd            bool      // finalize alone does not

	inside    atomic.Int32
	together  bool
	asked     int
	starts    []comm.Kind
	under     int
	mostUnder int
	requests  map[uintptr]*comm.Request
	ended     bool
	aborted   []int
}

// enter is called first in each call, and what it returns last.
func (f *fake) enter() func() {
	if f.inside.Add(1) > 1 {
		f.together = true
	}
	return func() { f.inside.Add(-1) }
}

func (f *fake) version() string { return "Fake MPI 1" }

func (f *fake) init() (bool, code) {
	defer f.enter()()
	return f.enough, f.initCode
}

func (f *fake) rank() (int, code) {
	defer f.enter()()
	return f.group.Rank(), 0
}

func (f *fake) size() (int, code) {
	defer f.enter()()
	return f.group.Size(), f.sizeCode
}

func (f *fake) start(c comm.Call, request *uintptr) code {
	defer f.enter()()
	if f.asked++; f.startCode != 0 && f.asked == f.failing+1 {
		return f.startCode
	}
	f.starts = append(f.starts, c.Kind)
	f.under++
	f.mostUnder = max(f.mostUnder, f.under)
	*request = uintptr(len(f.starts))
	if f.requests == nil {
		f.requests = map[uintptr]*comm.Request{}
	}
	f.requests[*request] = f.group.Start(c)
	return 0
}

func (f *fake) test(request *uintptr) (bool, code) {
	defer f.enter()()
	if f.stuck != nil && !f.stuckEnd {
		<-f.stuck
	}
	if f.testCode != 0 && int(*request) == f.failing+1 {
		return false, f.testCode
	}
	r := f.requests[*request]
	if !r.Done() {
		return false, 0
	}
	delete(f.requests, *request)
	f.under--
	*request = 0
	if r.Wait() != nil {
		return true, 99
	}
	return true, 0
}

func (f *fake) text(c code) string {
	defer f.enter()()
	return fmt.Sprintf("fault %d", c)
}

func (f *fake) abort(status int) {
	defer f.enter()()
	f.aborted = append(f.aborted, status)
}

func (f *fake) finalize() code {
	defer f.enter()()
	if f.stuck != nil {
		<-f.stuck
	}
	f.ended = true
	return f.endCode
}
