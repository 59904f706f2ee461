//go:build unix

package mpi

import (
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillfield/stillfield/comm"
)

// endingEnv names what becomes of rank 1 in TestEnding, one of endings or "wait"; deadlineEnv is
// how long a collective may take then, 3 s unless it is set.
const (
	endingEnv   = "STILLFIELD_TEST_ENDING"
	deadlineEnv = "STILLFIELD_TEST_DEADLINE"
)

// endings are ways in which a rank can leave the others.
var endings = map[string]func(g *comm.Group){
	"panic": func(*comm.Group) {
		debug.SetTraceback("none")
		go panic("rank 1 panics")
		select {}
	},
	"exit 7": func(*comm.Group) { os.Exit(7) },
	"exit 0": func(*comm.Group) { os.Exit(0) },
	"kill":   func(*comm.Group) { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
	"abort":  func(g *comm.Group) { g.Abort(42) },
	"stuck":  func(*comm.Group) { select {} },
	// These two go on.
	"nil": func(*comm.Group) {
		defer func() { _ = recover() }()
		var p *int
		*p = 1
	},
	"usr1": func(*comm.Group) {
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, syscall.SIGUSR1)
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		<-heard
	},
}

// TestEnding is what scripts/mpi-check.sh sees the end of: rank 1 ends somehow, and the others
// go on until the launcher ends them, or their deadline does with status 70. With the ending
// "wait" every rank goes on until then.
func TestEnding(t *testing.T) {
	ending := os.Getenv(endingEnv)
	if ending == "" {
		t.Skipf("no ending in %s", endingEnv)
	}
	end, known := endings[ending]
	if !known && ending != "wait" {
		t.Fatalf("%s is %q, which is no ending", endingEnv, ending)
	}
	w, err := Open(Options{Files: strings.Split(os.Getenv(filesEnv), ",")})
	if err != nil {
		t.Fatal(err)
	}
	deadline := 3 * time.Second
	if text := os.Getenv(deadlineEnv); text != "" {
		if deadline, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	g := comm.New(w, comm.Options{Deadline: deadline})
	x := make([]float32, 1<<16)
	for k := 0; k < 200 || ending == "wait"; k++ {
		if k == 100 && g.Rank() == 1 && known {
			end(g)
		}
		if err := comm.AllReduce(g, comm.Sum, x); err != nil {
			t.Log(err)
			if late := new(comm.Overdue); errors.As(err, &late) {
				os.Exit(70)
			}
			t.FailNow()
		}
		if ending == "wait" && k == 100 && g.Rank() == 0 {
			os.Stdout.WriteString("under way\n")
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
}
