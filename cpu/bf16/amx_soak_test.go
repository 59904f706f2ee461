//go:build linux && amd64

package bf16

import (
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// TestAMXSoak computes blocks on many goroutines while threads come and go, the collector runs, SIGPROF
// samples, and SIGURG rains on every thread: tiles are live at most of these moments, and every block has
// the bits that the definition gives. AMX_SOAK is how many blocks each goroutine computes, on the processor
// where it has AMX and on the emulator where not.
func TestAMXSoak(t *testing.T) {
	if !trace.Under(t, trace.Options{SignalEvery: 7}, true) {
		return
	}
	blocks := 4
	if n, err := strconv.Atoi(os.Getenv("AMX_SOAK")); err == nil {
		blocks = n
	}
	old, finish := olderThread()
	if err := amx(); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()
	var bad atomic.Int64
	old <- func() { bad.Add(soak(blocks)) }
	var work, noise sync.WaitGroup
	var done atomic.Bool
	for i := range 6 {
		work.Go(func() {
			for range 2 {
				ended := make(chan bool)
				go func() {
					if i%2 == 0 {
						runtime.LockOSThread() // the thread ends with the goroutine
					}
					bad.Add(soak((blocks + 1) / 2))
					close(ended)
				}()
				<-ended
			}
		})
	}
	signals, collections := 0, 0
	noise.Go(func() {
		for !done.Load() {
			signals += rain()
			runtime.Gosched()
		}
	})
	noise.Go(func() {
		for !done.Load() {
			runtime.GC()
			collections++
		}
	})
	work.Wait()
	<-finish
	done.Store(true)
	noise.Wait()
	n, _ := trace.Count()
	t.Logf("%d signals, %d collections, %+v", signals, collections, n)
	if bad.Load() > 0 || signals == 0 || collections == 0 {
		t.Errorf("%d blocks are wrong after %d signals and %d collections", bad.Load(), signals, collections)
	}
}

// olderThread is a thread that is there before the permission is asked for. It does the work that is sent to
// it, and says so.
func olderThread() (work chan<- func(), done <-chan bool) {
	w, d, begun := make(chan func()), make(chan bool), make(chan bool)
	go func() {
		runtime.LockOSThread()
		close(begun)
		(<-w)()
		close(d)
	}()
	<-begun
	return w, d
}

// soak computes a block so many times and returns how many of them are wrong.
func soak(blocks int) (bad int64) {
	c := blockCase{lines: 2, m: 33, n: 70, segments: 2, steps: 3, bias: true}
	o := c.make(rand.New(rand.NewPCG(1, 2)), false)
	defineBlock(&o.block)
	want := slices.Clone(o.c)
	for range blocks {
		clear(o.c)
		amxBlock(&o.block)
		for i, v := range o.c {
			if i%o.rowC < c.n && v != want[i] {
				bad++
				break
			}
		}
	}
	return bad
}

// rain sends SIGURG to every thread of this process.
func rain() (sent int) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0
	}
	for _, k := range tasks {
		tid, err := strconv.Atoi(k.Name())
		if err == nil && syscall.Tgkill(os.Getpid(), tid, syscall.SIGURG) == nil {
			sent++
		}
	}
	return sent
}
