package emu

import (
	"fmt"
	"strings"
	"testing"
)

// mbarrierPTX is a kernel of 64 threads, two warps; thread 0 makes an mbarrier for
// n arrivals, body follows, and %d goes to out[tid].
func mbarrierPTX(n, body string) string {
	s := strings.Replace(lanePTX(`mov.u32 %e, tile; setp.ne.u32 %p, %b, 0; @%p bra made;
		mbarrier.init.shared.b64 [%e], `+n+`; made:
	bar.sync 0;
	setp.lt.u32 %q, %b, 32;
	mad.lo.u32 %r7, %b, 4, %e;
	`+body), "%laneid", "%tid.x", 1)
	return strings.Replace(s, "tile[1024]", "tile[512]", 1)
}

const waitFor = `wait: mbarrier.test_wait.shared.b64 %p, [%e], %rd7; @!%p bra wait;
`

var mbarrierCases = []struct {
	name, count, body string
	want              func(i uint32) uint32
}{
	{"all arrive", "64", `st.shared.u32 [%r7+16], %b; mbarrier.arrive.shared.b64 %rd7, [%e];
	` + waitFor + `xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
	ld.shared.u32 %d, [%r1+16];`, func(i uint32) uint32 { return i ^ 32 }},
	{"one for a warp", "2", `st.shared.u32 [%r7+16], %b; bar.warp.sync -1; and.b32 %r1, %b, 31;
		setp.ne.u32 %p, %r1, 0;
	@%p bra arrived; mbarrier.arrive.release.cta.shared::cta.b64 _, [%e]; arrived: mov.u32 %r2, 0;
	wait: mbarrier.try_wait.parity.acquire.cta.shared.b64 %p, [%e], %r2, 100; @!%p bra wait;
	xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
	ld.shared.u32 %d, [%r1+16];`, func(i uint32) uint32 { return i ^ 32 }},
	{"a count", "65", `mov.u32 %r1, 1; setp.eq.u32 %p, %b, 9; @%p mov.u32 %r1, 2;
		mbarrier.arrive.shared.b64 %rd7, [%e], %r1;
	` + waitFor + `mov.u32 %d, 1;`, func(uint32) uint32 { return 1 }},
	{"three phases", "64", `mov.u32 %r1, 0; again: mad.lo.u32 %r2, %r1, 1000, %b;
		st.shared.u32 [%r7+16], %r2; mbarrier.arrive.shared.b64 %rd7, [%e];
	` + waitFor + `xor.b32 %r2, %b, 32; mad.lo.u32 %r2, %r2, 4, %e; ld.shared.u32 %r3, [%r2+16];
	add.u32 %d, %d, %r3;
	bar.sync 0; add.u32 %r1, %r1, 1; setp.lt.u32 %p, %r1, 3;
	@%p bra again;`, func(i uint32) uint32 { return 3*(i^32) + 3000 }},
	{"threads that leave", "64", `@!%q bra stay; mbarrier.arrive_drop.shared.b64 %rd7, [%e]; bra done;
		stay: mbarrier.arrive.shared.b64 %rd7, [%e];
	` + waitFor + `mbarrier.arrive.shared.b64 %rd7, [%e];
	wait2: mbarrier.test_wait.shared.b64 %p, [%e], %rd7; @!%p bra wait2; mov.u32 %d, 5; done:`,
		func(i uint32) uint32 { return choose(i < 32, uint32(0), 5) }},
	{"pending", "100", `setp.ne.u32 %p, %b, 40; @%p bra done;
		mbarrier.arrive.noComplete.shared.b64 %rd7, [%e], 30;
	mbarrier.pending_count.b64 %r1, %rd7; mbarrier.arrive_drop.noComplete.shared.b64 %rd7, [%e], 69;
	mbarrier.pending_count.b64 %r2, %rd7;
	mad.lo.u32 %d, %r1, 1000, %r2;
	done:`, func(i uint32) uint32 { return choose(i == 40, uint32(100070), 0) }},
	{"copies that the warp waits for too", "64", `cvt.u64.u32 %rd5, %r7;
		cp.async.ca.shared.global [%rd5+16], [%rd3], 4;
	cp.async.mbarrier.arrive.noinc.shared.b64 [%e]; mov.u32 %r2, 0; cp.async.wait_all;
	wait: mbarrier.test_wait.parity.shared.b64 %p, [%e], %r2; @!%p bra wait;
	xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
	ld.shared.u32 %d, [%r1+16];`, func(i uint32) uint32 { return 7 * (i ^ 32) }},
	{"a phase of copies", "64", `cvt.u64.u32 %rd5, %r7; cp.async.ca.shared.global [%rd5+16], [%rd3], 4;
	cp.async.mbarrier.arrive.noinc.shared.b64 [%e]; mov.u32 %r2, 0;
	wait: mbarrier.test_wait.parity.shared.b64 %p, [%e], %r2; @!%p bra wait;
	xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
	ld.shared.u32 %d, [%r1+16];`, func(i uint32) uint32 { return 7 * (i ^ 32) }},
	{"copies that the count leaves out", "64", `cvt.u64.u32 %rd5, %r7;
		cp.async.ca.shared.global [%rd5+16], [%rd3], 4;
	cp.async.mbarrier.arrive.shared.b64 [%e]; mbarrier.arrive.shared.b64 %rd7, [%e];
	` + waitFor + `xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
	ld.shared.u32 %d, [%r1+16];`, func(i uint32) uint32 { return 7 * (i ^ 32) }},
}

// What the threads of one warp write before they arrive those of the other read
// after they have waited, under any schedule.
func TestMbarrier(t *testing.T) {
	for _, tt := range mbarrierCases {
		t.Run(tt.name, func(t *testing.T) {
			eachOrder(t, func(t *testing.T, o Options) {
				r := newRig(t, o)
				f := r.load(mbarrierPTX(tt.count, tt.body), "lane")
				in := make([]uint32, 64)
				for i := range in {
					in[i] = 7 * uint32(i)
				}
				out := put(r, make([]uint32, 64))
				r.launch(f, 1, 64, put(r, in), out)
				for i, got := range get[uint32](r, out, 64) {
					if want := tt.want(uint32(i)); got != want {
						t.Fatalf("thread %d: got %d, want %d", i, got, want)
					}
				}
				r.close()
			})
		})
	}
}

// Threads wait as long as another warp has work to do before it arrives.
func TestLongWait(t *testing.T) {
	for _, n := range []int{64, 128, 1024} {
		eachOrder(t, func(t *testing.T, o Options) {
			r := newRig(t, o)
			f := r.load(mbarrierPTX("1", fmt.Sprintf(`mov.u32 %%r2, 0; setp.ne.u32 %%p, %%b, %d;
				@%%p bra wait;
			again: add.u32 %%d, %%d, 1; setp.lt.u32 %%p, %%d, 100000; @%%p bra again;
			mbarrier.arrive.shared.b64 %%rd7, [%%e];
			wait: mbarrier.test_wait.parity.shared.b64 %%p, [%%e], %%r2; @!%%p bra wait;`, n-1)), "lane")
			r.launch(f, 1, n, put(r, make([]uint32, n)), put(r, make([]uint32, n)))
			r.must(r.Synchronize(0))
			r.close()
		})
	}
}

// The mistakes one can make with an mbarrier.
func TestMbarrierFaults(t *testing.T) {
	for _, tt := range []struct {
		name, count, body string
		kind              Kind
		what              string
	}{
		{"no wait", "64", `st.shared.u32 [%r7+16], %b; mbarrier.arrive.shared.b64 %rd7, [%e];
		xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
		@!%q ld.shared.u32 %d, [%r1+16];`, SharedRace, "no barrier between"},
		{"written after the arrival", "64", `st.shared.u32 [%r7+16], 0; bar.sync 0;
			mbarrier.arrive.shared.b64 %rd7, [%e]; st.shared.u32 [%r7+16], %b;
		` + waitFor + `xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
		ld.shared.u32 %d, [%r1+16];`, SharedRace, "no barrier between"},
		{"written after the arrival of copies", "64", `cvt.u64.u32 %rd5, %r7;
			cp.async.ca.shared.global [%rd5+16], [%rd3], 4;
		cp.async.mbarrier.arrive.noinc.shared.b64 [%e]; @!%q st.shared.u32 [%r7+252], %b; mov.u32 %r2, 0;
		wait: mbarrier.test_wait.parity.shared.b64 %p, [%e], %r2; @!%p bra wait;
		xor.b32 %r1, %b, 32; mad.lo.u32 %r1, %r1, 4, %e;
		@%q ld.shared.u32 %d, [%r1+252];`, SharedRace, "no barrier between"},
		{"one arrival too few", "65", "mbarrier.arrive.shared.b64 %rd7, [%e];\n" + waitFor, Hang,
			"lacks 1 of 65 arrivals"},
		{"a count beyond the phase", "64", "mbarrier.arrive.shared.b64 %rd7, [%e], 65;", DivergentBarrier,
			"65 arrivals at an mbarrier whose phase lacks 64"},
		{"completed with noComplete", "1", "mbarrier.arrive.noComplete.shared.b64 %rd7, [%e], 1;",
			DivergentBarrier, "with noComplete"},
		{"for nobody", "0", "", DivergentBarrier, "an mbarrier for 0 arrivals"},
		{"none there", "64", "add.u32 %e, %e, 8; mbarrier.arrive.shared.b64 %rd7, [%e];", Uninitialised,
			"shared byte 8, which was never written"},
		{"none any more", "64", "setp.eq.u32 %p, %b, 0; @%p mbarrier.inval.shared.b64 [%e]; bar.sync 0; " +
			"mbarrier.arrive.shared.b64 %rd7, [%e];",
			Uninitialised, "holds no mbarrier"},
		{"out of shared memory", "64", "mbarrier.arrive.shared.b64 %rd7, [%e+4096];", OutOfBounds,
			"uses 8 bytes"},
		{"misaligned", "64", "mbarrier.arrive.shared.b64 %rd7, [%e+4];", Misaligned, ""},
		{"made while used", "64", "mbarrier.arrive.shared.b64 %rd7, [%e]; setp.eq.u32 %p, %b, 32; @%p " +
			"mbarrier.init.shared.b64 [%e], 64;",
			SharedRace, "which warp"},
		{"copies that nothing waits for", "64", `cvt.u64.u32 %rd5, %r7;
			cp.async.ca.shared.global [%rd5+16], [%rd3], 4;
		mbarrier.arrive.shared.b64 %rd7, [%e];
		` + waitFor + `ld.shared.u32 %d, [%r7+16];`, AsyncPending, "yet to write"},
		{"copies begun after the arrival", "64", `cvt.u64.u32 %rd5, %r7;
			cp.async.mbarrier.arrive.noinc.shared.b64 [%e];
		cp.async.ca.shared.global [%rd5+16], [%rd3], 4; mov.u32 %r2, 0;
		wait: mbarrier.test_wait.parity.shared.b64 %p, [%e], %r2; @!%p bra wait;
		ld.shared.u32 %d, [%r7+16];`, AsyncPending, "yet to write"},
	} {
		r := newRig(t, Options{})
		f := r.load(mbarrierPTX(tt.count, tt.body), "lane")
		r.launch(f, 1, 64, put(r, make([]uint32, 64)), put(r, make([]uint32, 64)))
		if f := finding(t, r.Synchronize(0)); f.Kind != tt.kind || !strings.Contains(f.What, tt.what) {
			t.Errorf("%s: got %v, want %q with %q", tt.name, f, tt.kind, tt.what)
		}
	}
}

// A wait without end ends under any schedule, turns of a single instruction included.
func TestWaitForEver(t *testing.T) {
	for seed := range uint64(3) {
		for _, o := range orders {
			o.Seed += seed
			r := newRig(t, o)
			f := r.load(mbarrierPTX("65", "mbarrier.arrive.shared.b64 %rd7, [%e];\n"+waitFor), "lane")
			r.launch(f, 1, 64, put(r, make([]uint32, 64)), put(r, make([]uint32, 64)))
			if f := finding(t, r.Synchronize(0)); f.Kind != Hang {
				t.Errorf("%+v: got %v", o, f)
			}
		}
	}
}
