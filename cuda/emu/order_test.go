package emu

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Atomics on vectors, and ones that order blocks by themselves.
func TestVectorAtomics(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(lanePTX(`mul.wide.u32 %rd5, %b, 0; add.u64 %rd5, %rd5, %rd1; cvt.rn.f32.u32 %f0, %b;
		mov.f32 %f1, 0f3F800000;
	red.global.add.v2.f32 [%rd5], {%f0, %f1};
	atom.global.add.v4.f32 {%f2, %f3, _, _}, [%rd5+16], {%f1, %f1, %f0, %f0}; mov.b32 %d, %f2;
	{ .reg .b16 h<4>; mov.b16 h0, 0x3c00; mov.b16 h1, 0x4000; red.global.max.noftz.v2.f16 [%rd5+32], {h0, h1};
	}`), "lane")
	in := put(r, make([]float32, 32))
	out := put(r, make([]uint32, 32))
	r.launch(f, 1, 32, in, out)
	got := get[float32](r, in, 9)
	want := []float32{496, 32, 0, 0, 32, 32, 496, 496, math.Float32frombits(0x40003c00)}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("word %d: got %v, want %v", i, got[i], want[i])
		}
	}
	for i, old := range get[float32](r, out, 32) { // lanes take their turns in order
		if old != float32(i) {
			t.Errorf("lane %d: got %v, want %d", i, old, i)
		}
	}
	f = r.load(lanePTX(`setp.ne.u32 %p, %b, 0; @%p bra done; mov.f32 %f0, 0f3F800000; mov.f32 %f1, 0f40000000;
	atom.global.add.v2.f32 {%f1, %f0}, [%rd1], {%f0, %f1};
	done:`), "lane") // returned over what is yet to be added
	in = put(r, make([]float32, 32))
	r.launch(f, 1, 32, in, put(r, make([]uint32, 32)))
	if got := get[float32](r, in, 2); got[0] != 1 || got[1] != 2 {
		t.Errorf("got %v, want 1 and 2", got)
	}
}

var releaseCases = []struct {
	name, release, acquire string
	race                   bool
}{
	{"accesses", "st.release.gpu.global.u32 [flag], 1;", "ld.acquire.gpu.global.u32 %r3, [flag];", false},
	{"atomics", "red.release.gpu.global.add.u32 [flag], 1;",
		"atom.acquire.gpu.global.add.u32 %r3, [flag], 0;", false},
	{"one for both", "atom.acq_rel.gpu.global.add.u32 %r4, [flag], 1;",
		"ld.acquire.sys.global.u32 %r3, [flag];", false},
	{"generic", "cvta.global.u64 %rd7, %rd6; atom.acq_rel.gpu.add.u32 %r4, [%rd7], 1;",
		"cvta.global.u64 %rd7, %rd6; atom.acquire.gpu.add.u32 %r3, [%rd7], 0;",
		false},
	{"fences", "fence.acq_rel.gpu; st.relaxed.gpu.global.u32 [flag], 1;",
		"ld.relaxed.gpu.global.u32 %r3, [flag]; fence.acq_rel.gpu;", false},
	{"a fence and an acquire", "fence.acq_rel.gpu; st.relaxed.gpu.global.u32 [flag], 1;",
		"ld.acquire.gpu.global.u32 %r3, [flag];", false},
	{"volatile", "membar.gl; st.volatile.global.u32 [flag], 1;",
		"ld.volatile.global.u32 %r3, [flag]; membar.gl;", false},
	{"counted, read", "membar.gl; red.global.add.u32 [flag], 1;",
		"ld.volatile.global.u32 %r3, [flag]; membar.gl;", false},
	{"relaxed", "st.relaxed.gpu.global.u32 [flag], 1;", "ld.relaxed.gpu.global.u32 %r3, [flag];", true},
	{"within the block only", "st.release.cta.global.u32 [flag], 1;",
		"ld.acquire.cta.global.u32 %r3, [flag];", true},
	{"no acquire", "st.release.gpu.global.u32 [flag], 1;", "ld.relaxed.gpu.global.u32 %r3, [flag];",
		true},
	{"no release", "st.relaxed.gpu.global.u32 [flag], 1;", "ld.acquire.gpu.global.u32 %r3, [flag];",
		true},
	{"a fence too early", "fence.acq_rel.gpu; st.relaxed.gpu.global.u32 [flag], 1;",
		"fence.acq_rel.gpu; ld.relaxed.gpu.global.u32 %r3, [flag];", true},
	{"a fence of the block", "fence.acq_rel.cta; st.relaxed.gpu.global.u32 [flag], 1;",
		"ld.acquire.gpu.global.u32 %r3, [flag];", true},
	{"a fence of the cluster", "fence.acq_rel.cluster; st.relaxed.gpu.global.u32 [flag], 1;",
		"ld.acquire.gpu.global.u32 %r3, [flag];", true},
	{"accesses of the block", "fence.acq_rel.gpu; st.relaxed.cta.global.u32 [flag], 1;",
		"ld.relaxed.cta.global.u32 %r3, [flag]; fence.acq_rel.gpu;", true},
	{"atomics of the block", "fence.acq_rel.gpu; red.relaxed.cta.global.add.u32 [flag], 1;",
		"atom.relaxed.cta.global.add.u32 %r3, [flag], 0;", true},
	{"atomics in shared memory", "fence.acq_rel.gpu; atom.shared.add.u32 %r4, [tile], 1;",
		"atom.shared.add.u32 %r4, [tile], 1; ld.relaxed.gpu.global.u32 %r3, [flag];",
		true},
}

// A block that releases what it wrote and another that acquires it are no race, by
// fences or by the accesses themselves, of a scope beyond the block; all else is one.
func TestReleaseAcquire(t *testing.T) {
	for _, tt := range releaseCases {
		for k, o := range orders {
			if o.Unchecked {
				continue
			}
			o.Resident = 2
			r := newRig(t, o)
			after := choose(strings.Contains(tt.release, "flag"), "", "st.relaxed.gpu.global.u32 [flag], 1;")
			f := r.load(strings.ReplaceAll(lanePTX(`mov.u32 %r1, %ctaid.x; setp.ne.u32 %p, %b, 0;
				@%p bra done; setp.ne.u32 %q, %r1, 0; add.u64 %rd6, %rd2, 4;
	st.shared.u32 [tile], 0; @%q bra reader;
	st.global.u32 [%rd2], 42;
	`+tt.release+after+`
	bra done;
reader:
	`+tt.acquire+`
	setp.eq.u32 %p, %r3, 0;
	@%p bra reader;
	ld.global.u32 %d, [%rd2];
done:
	add.u32 %r1, %r1, 1;
	mad.wide.u32 %rd4, %r1, 128, %rd4;`), "[flag]", "[%rd6]"), "lane")
			out := put(r, make([]uint32, 3*lanes))
			r.must(r.Launch(f, [3]uint32{2, 1, 1}, warp32, 0, 0,
				[]uint64{put(r, make([]uint32, lanes)), out}))
			err := r.Synchronize(0)
			if tt.race {
				if f := finding(t, err); f.Kind != GlobalRace {
					t.Errorf("%s, order %d: got %v, want a race", tt.name, k, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, order %d: %v", tt.name, k, err)
				continue
			}
			if got := get[uint32](r, out+256, 1)[0]; got != 42 {
				t.Errorf("%s, order %d: got %d, want 42", tt.name, k, got)
			}
			r.close()
		}
	}
}

// What a kernel wrote with volatile stores is read on another stream only after it.
func TestVolatileStreams(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(lanePTX("st.volatile.global.u32 [%rd4+128], %b;"), "lane")
	in, out, copied := put(r, make([]uint32, lanes)), put(r, make([]uint32, 2*lanes)), put(r,
		make([]uint32, lanes))
	r.must(r.Synchronize(0))
	s, err := r.NewStream()
	r.must(err)
	r.must(r.Launch(f, one, warp32, 0, 0, []uint64{in, out}))
	r.must(r.CopyOnDevice(driver.Ptr(copied), driver.Ptr(out+128), 128, s))
	err = r.Synchronize(0)
	if err == nil {
		err = r.Synchronize(s)
	}
	if f := finding(t, err); f.Kind != StreamOrder {
		t.Errorf("got %v, want a copy that nothing orders", f)
	}
}

// Hints change nothing; discard takes what was written.
func TestHints(t *testing.T) {
	const policy = "createpolicy.fractional.L2::evict_last.b64 %rd7, 0.5;\n"
	checkLanes(t, []laneCase{
		{"policies", policy + `ld.global.L1::no_allocate.L2::cache_hint.L2::128B.u32 %d, [%rd3], %rd7;
		st.global.L2::cache_hint.u32 [%rd4], %d, %rd7;
		atom.global.add.L2::cache_hint.u32 %r1, [%rd4], 1, %rd7; prefetch.global.L2::evict_last [%rd3];
		ld.global.u32 %d, [%rd4]; applypriority.global.L2::evict_normal [%rd1],
		128;`, func(_ int, x uint32) uint32 { return x + 1 }},
		{"copy with a policy", policy + `mov.u64 %rd5, tile; mad.wide.u32 %rd5, %b, 4, %rd5;
		cp.async.ca.shared.global.L2::cache_hint.L2::64B [%rd5], [%rd3], 4, %rd7; cp.async.wait_all;
		ld.shared.u32 %d, [%rd5];`,
			func(_ int, x uint32) uint32 { return x }},
	})
	r := newRig(t, Options{})
	f := r.load(lanePTX("setp.eq.u32 %p, %b, 0; @%p discard.global.L2 [%rd1], 128; ld.global.u32 %d, "+
		"[%rd1+128]; ld.global.u32 %d, [%rd1+124];"), "lane")
	in := put(r, make([]uint32, 64))
	r.launch(f, 1, lanes, in, put(r, make([]uint32, lanes)))
	if f := finding(t, r.Synchronize(0)); f.Kind != Uninitialised || !strings.Contains(f.Text, "rd1+124") {
		t.Errorf("got %v, want the discarded bytes to be gone", f)
	}
}
