package mpi

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// alone calls body with a world of one over f, where time passes when every goroutine waits.
func alone(t *testing.T, f *fake, o comm.Options, body func(t *testing.T, g *comm.Group)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f.group, f.enough = comm.Solo(), true
		w, err := join(f, "libfake.so", 1)
		if err != nil {
			t.Fatal(err)
		}
		go w.work(pause)
		body(t, comm.New(w, o))
		if synctest.Wait(); !f.ended {
			w.Close()
		}
	})
}

// A library that cannot be used is refused in one line, before anything is done with it.
func TestJoinRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		f    *fake
		size int
	}{
		"Fake MPI 1 (libfake.so): MPI_Init_thread: fault 7": {&fake{initCode: 7}, 1},
		"Fake MPI 1 (libfake.so): MPI_Comm_size: fault 8":   {&fake{enough: true, sizeCode: 8}, 1},
		"got MPI for one thread":                            {&fake{}, 1},
		"the launcher started 4 processes, and Fake MPI 1 (libfake.so) sees 1: want the mpirun of": {
			&fake{enough: true}, 4},
	} {
		c.f.group = comm.Solo()
		w, err := join(c.f, "libfake.so", c.size)
		if got := fmt.Sprint(err); !strings.HasPrefix(got, "mpi: Open: ") || !strings.Contains(got, want) {
			t.Errorf("got %v, %v, want %q", w, err, want)
		}
	}
}

// What the library refuses, at once or later, is the error of that collective, in its words.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		f    *fake
		want string
	}{
		{"at the start", &fake{failing: 2, startCode: 5}, "collective 2, barrier: fault 5"},
		{"later", &fake{failing: 2, testCode: 6}, "collective 2, barrier: fault 6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, c.f, comm.Options{}, func(t *testing.T, g *comm.Group) {
				for range 2 {
					if err := g.Barrier(); err != nil {
						t.Error(err)
					}
				}
				if err := g.Barrier(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			})
		})
	}
	alone(t, &fake{endCode: 9}, comm.Options{}, func(t *testing.T, g *comm.Group) {
		if err := g.Close(); err == nil || !strings.Contains(err.Error(), "close: MPI_Finalize: error 9") {
			t.Errorf("Close gave %v", err)
		}
	})
}

// A call that MPI cannot make is not handed to it.
func TestRefusals(t *testing.T) {
	for want, c := range map[string]comm.Call{
		"got device memory":   {Kind: comm.KindBroadcast, Count: 1, Dst: comm.Device(64)},
		"got 2147483648 elem": {Kind: comm.KindAllGather, Count: math.MaxInt32 + 1},
	} {
		f := &fake{}
		alone(t, f, comm.Options{}, func(t *testing.T, g *comm.Group) {
			err := g.Start(c).Wait()
			if err == nil || !strings.Contains(err.Error(), want) || len(f.starts) > 0 {
				t.Errorf("got %v after %d calls, want %q", err, len(f.starts), want)
			}
		})
	}
}

// A library that does not return keeps nobody: the deadline passes, and an abort that cannot
// be called is given up.
func TestStuckLibrary(t *testing.T) {
	f := &fake{}
	alone(t, f, comm.Options{Deadline: time.Minute}, func(t *testing.T, g *comm.Group) {
		f.stuck = make(chan bool)
		begin := time.Now()
		if err := g.Barrier(); err == nil || !strings.Contains(err.Error(), "not finished after 1m0s") {
			t.Errorf("got %v, want it overdue", err)
		}
		g.Abort(3)
		took := time.Since(begin)
		if took < time.Minute || took > time.Minute+2*abortPatience || f.aborted != nil {
			t.Errorf("gave up after %v, aborted %v", took, f.aborted)
		}
		close(f.stuck)
	})
}

// Nor does one that does not return from MPI_Finalize, when every rank has come there.
func TestStuckFinalize(t *testing.T) {
	f := &fake{}
	alone(t, f, comm.Options{Deadline: time.Minute}, func(t *testing.T, g *comm.Group) {
		f.stuck = make(chan bool)
		f.stuckEnd = true
		if err := g.Close(); !errors.Is(err, comm.ErrNotLeft) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want it that the library does not let go", err)
		}
		close(f.stuck)
	})
}

func TestAbort(t *testing.T) {
	f := &fake{}
	alone(t, f, comm.Options{}, func(t *testing.T, g *comm.Group) {
		if g.Abort(42); len(f.aborted) != 1 || f.aborted[0] != 42 || g.Err() == nil {
			t.Errorf("aborted with %v, and the group has %v", f.aborted, g.Err())
		}
	})
}
