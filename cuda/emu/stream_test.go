package emu

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// addPTX is a kernel that adds k to n words at p.
const addPTX = `.version 7.0
.target sm_75
.address_size 64
.visible .entry add(.param .u64 p, .param .u32 n, .param .u32 k)
{
	.reg .pred %p;
	.reg .b32 %r<8>;
	.reg .b64 %rd<4>;
	ld.param.u64 %rd1, [p];
	ld.param.u32 %r1, [n];
	ld.param.u32 %r2, [k];
	mov.u32 %r3, %ctaid.x;
	mov.u32 %r4, %ntid.x;
	mov.u32 %r5, %tid.x;
	mad.lo.u32 %r6, %r3, %r4, %r5;
	setp.ge.u32 %p, %r6, %r1;
	@%p exit;
	mul.wide.u32 %rd2, %r6, 4;
	add.u64 %rd3, %rd1, %rd2;
	ld.global.u32 %r7, [%rd3];
	add.u32 %r7, %r7, %r2;
	st.global.u32 [%rd3], %r7;
	ret;
}
`

// wrongs are uses of the driver with one fault each.
var wrongs = []struct {
	name string
	kind Kind
	do   func(r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) error
	what string
}{
	{"streams that nothing orders", StreamOrder,
		func(r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) error {
			r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
			r.must(r.Launch(add, one, warp32, 0, b, []uint64{uint64(p), 32, 1}))
			r.must(r.Synchronize(a))
			return r.Synchronize(b)
		}, "kernel add on stream"},
	{"copy beside a kernel", StreamOrder, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		r.must(r.CopyToHost(r.pin(4), p+8, b))
		r.must(r.Synchronize(a))
		return r.Synchronize(b)
	}, "nothing orders the two"},
	{"fill beside a copy", StreamOrder, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		r.must(r.CopyToHost(r.pin(128), p, a))
		r.must(r.Fill(p, 0, 32, b))
		r.must(r.Synchronize(b))
		return r.Synchronize(a)
	}, "Fill 32 words"},
	{"wait before the record", StreamOrder,
		func(r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) error {
			e, err := r.NewEvent()
			r.must(err)
			r.must(r.Record(e, a))
			r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
			r.must(r.Wait(b, e))
			r.must(r.Launch(add, one, warp32, 0, b, []uint64{uint64(p), 32, 1}))
			r.must(r.Synchronize(b))
			return r.Synchronize(a)
		}, "kernel add on stream"},
	{"branches of a graph", StreamOrder, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		fork, err := r.NewEvent()
		r.must(err)
		join, err := r.NewEvent()
		r.must(err)
		r.must(r.BeginCapture(a))
		r.must(r.Record(fork, a))
		r.must(r.Wait(b, fork))
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		r.must(r.Launch(add, one, warp32, 0, b, []uint64{uint64(p), 32, 1}))
		r.must(r.Record(join, b))
		r.must(r.Wait(a, join))
		g, err := r.EndCapture(a)
		r.must(err)
		x, err := r.Instantiate(g)
		r.must(err)
		r.must(r.LaunchGraph(x, a))
		return r.Synchronize(a)
	}, "kernel add on stream"},
	{"free beside a kernel", StreamOrder, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		return r.Free(p)
	}, "while kernel add on stream"},
	{"double free", DoubleFree, func(r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) error {
		r.must(r.Free(p))
		return r.Free(p)
	}, "was freed before"},
	{"use after free", UseAfterFree, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		r.must(r.Free(p))
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		return r.Synchronize(a)
	}, "0 bytes into the allocation of 128 bytes"},
	{"source overwritten", HostTouch, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		h := r.pin(128)
		r.must(r.CopyToDevice(p, h, a))
		h[5] = 1
		return r.Synchronize(a)
	}, "the host changed the source of CopyToDevice 128 bytes"},
	{"destination written", HostTouch, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		h := r.pin(128)
		r.must(r.CopyToHost(h, p, a))
		h[5] = 1
		return r.Synchronize(a)
	}, "the host changed the destination"},
	{"staging freed", HostTouch, func(r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) error {
		h, err := r.AllocHost(128)
		r.must(err)
		r.must(r.CopyToDevice(p, h, a))
		return r.FreeHost(h)
	}, "frees host memory while CopyToDevice"},
	{"copy of garbage", Uninitialised, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		q, err := r.Alloc(64)
		r.must(err)
		r.must(r.Fill(q, 0, 8, a))
		r.must(r.CopyToHost(r.pin(64), q, a))
		return r.Synchronize(a)
	}, "byte 32"},
	{"garbage copied on", Uninitialised, func(r *rig, add driver.Function, a, b driver.Stream,
		p driver.Ptr) error {
		q, err := r.Alloc(64)
		r.must(err)
		r.must(r.CopyOnDevice(p+32, q, 64, a))
		r.must(r.CopyToHost(r.pin(128), p, a))
		return r.Synchronize(a)
	}, "byte 32"},
}

var one, warp32 = [3]uint32{1, 1, 1}, [3]uint32{32, 1, 1}

// streamRig has a kernel, two streams and 32 words.
func streamRig(t *testing.T, o Options) (r *rig, add driver.Function, a, b driver.Stream, p driver.Ptr) {
	t.Helper()
	r = newRig(t, o)
	add = r.load(addPTX, "add")
	a, err := r.NewStream()
	r.must(err)
	b, err = r.NewStream()
	r.must(err)
	p = driver.Ptr(put(r, make([]uint32, 32)))
	r.must(r.Synchronize(0))
	return r, add, a, b, p
}

func TestWrongs(t *testing.T) {
	for _, tt := range wrongs {
		t.Run(tt.name, func(t *testing.T) {
			r, add, a, b, p := streamRig(t, Options{})
			err := tt.do(r, add, a, b, p)
			if got := finding(t, err); got.Kind != tt.kind || !strings.Contains(err.Error(), tt.what) {
				t.Errorf("got %v, want %q with %q", err, tt.kind, tt.what)
			}
		})
	}
}

// Work that an event orders, or the host, is no finding, and comes out right
// whenever it runs.
func TestStreamsOrdered(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r, add, a, b, p := streamRig(t, o)
		e, err := r.NewEvent()
		r.must(err)
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		r.must(r.Record(e, a))
		r.must(r.Wait(b, e))
		r.must(r.Launch(add, one, warp32, 0, b, []uint64{uint64(p), 32, 10}))
		h := r.pin(128)
		r.must(r.CopyToHost(h, p, b))
		r.must(r.Synchronize(b))
		if h[4] != 11 {
			t.Errorf("got %d, want 11", h[4])
		}
		r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
		r.must(r.SynchronizeEvent(e))
		r.must(r.Synchronize(a))
		r.must(r.FreeEvent(e))
		r.must(r.FreeStream(a))
		r.must(r.FreeStream(b))
		r.close()
	})
}

// Nothing happens before the host waits: the copy sees what its source holds
// then, and the destination holds the pattern.
func TestLate(t *testing.T) {
	r, add, a, _, p := streamRig(t, Options{Unchecked: true})
	h, back := r.pin(128), r.pin(128)
	r.must(r.CopyToDevice(p, h, a))
	r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
	r.must(r.CopyToHost(back, p, a))
	h[0] = 41 // too early: the copy has not run
	if back[0] != 0 {
		t.Errorf("the copy to the host ran before anyone waited")
	}
	r.must(r.Synchronize(a))
	if back[0] != 42 {
		t.Errorf("got %d, want 42: the copy reads its source when it runs", back[0])
	}
	r, _, a, _, p = streamRig(t, Options{})
	back = r.pin(128)
	r.must(r.CopyToHost(back, p, a))
	if back[7] != hostPoison {
		t.Errorf("got %#x before the copy landed, want the pattern", back[7])
	}
}

func TestPageable(t *testing.T) {
	r, _, a, _, p := streamRig(t, Options{})
	if err := r.CopyToDevice(p, make([]byte, 16), a); !errors.Is(err, driver.InvalidValue) ||
		!strings.Contains(err.Error(), "page-locked") {
		t.Errorf("copy of pageable memory: got %v", err)
	}
}

func TestLeaks(t *testing.T) {
	r, _, _, _, _ := streamRig(t, Options{})
	_, err := r.NewEvent()
	r.must(err)
	err = r.Close()
	for _, want := range []string{"the allocation of 128 bytes", "1 modules", "2 streams", "1 events",
		"1 pieces of page-locked memory"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Close: got %v, want it to name %s", err, want)
		}
	}
	if f := finding(t, err); f.Kind != Leak {
		t.Errorf("got %q, want a leak", f.Kind)
	}
	if err := r.Close(); !errors.Is(err, driver.NotInitialized) {
		t.Errorf("second Close: got %v", err)
	}
}
