//go:build amd64 || arm64

package dl

import (
	"runtime"
	"testing"

	"github.com/ebitengine/purego"
)

// BenchmarkThread compares the two ways to have a context current for a call
// from any goroutine, with a C function that does nothing in the place of both
// cuCtxSetCurrent and the call. It is why binding locks and does not hand over.
func BenchmarkThread(b *testing.B) {
	libc, err := purego.Dlopen("libc.so.6", purego.RTLD_NOW)
	if err != nil {
		b.Fatal(err)
	}
	labs, err := purego.Dlsym(libc, "labs")
	if err != nil {
		b.Fatal(err)
	}
	c := new(calls)
	b.Run("lock", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			runtime.LockOSThread()
			c.quick(labs, 1)
			c.quick(labs, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
			runtime.UnlockOSThread()
		}
	})
	b.Run("hand over", func(b *testing.B) {
		b.ReportAllocs()
		in, out := make(chan [maxArgs]uintptr), make(chan int)
		go func() {
			runtime.LockOSThread()
			for args := range in {
				out <- int(c.quick(labs, args[:]...))
			}
			close(out)
		}()
		for b.Loop() {
			in <- [maxArgs]uintptr{1}
			<-out
		}
		close(in)
		<-out
	})
}
