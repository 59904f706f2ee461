package emu

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"testing"
)

// lanePTX is a kernel of one warp: a holds in[lane], b lane, and what body puts
// in %d goes to out[lane].
func lanePTX(body string) string {
	return `.version 8.3
.target sm_90
.address_size 64
.visible .entry lane(.param .u64 in, .param .u64 out)
{
	.reg .b32 %a, %b, %d, %e, %r<8>;
	.reg .f32 %f<4>;
	.reg .pred %p, %q;
	.reg .b64 %rd<8>;
	.shared .align 16 .b8 tile[1024];
	ld.param.u64 %rd1, [in];
	ld.param.u64 %rd2, [out];
	mov.u32 %b, %laneid;
	mad.wide.u32 %rd3, %b, 4, %rd1;
	mad.wide.u32 %rd4, %b, 4, %rd2;
	ld.global.u32 %a, [%rd3];
	mov.u32 %d, 0;
` + body + `
	st.global.u32 [%rd4], %d;
	ret;
}
`
}

// warpInput is what the lanes of a warp begin with, in %a; their numbers are in %b.
var warpInput = func() []uint32 {
	in := make([]uint32, lanes)
	for i := range in {
		in[i] = uint32(i*i*2654435761 + i/5)
	}
	return in
}()

// lanesWhere is the mask of the lanes whose number and input f accepts.
func lanesWhere(f func(i int, x uint32) bool) (m uint32) {
	for i, x := range warpInput {
		m |= bit(f(i, x)) << i
	}
	return m
}

// foldInput combines the inputs of all lanes.
func foldInput(f func(a, b uint32) uint32) uint32 {
	r := warpInput[0]
	for _, x := range warpInput[1:] {
		r = f(r, x)
	}
	return r
}

var oddLanes = lanesWhere(func(_ int, x uint32) bool { return x&1 == 1 })

// markOdd sets %p in the lanes of an odd input.
const markOdd = "and.b32 %r1, %a, 1; setp.eq.u32 %p, %r1, 1;\n"

// warpOperations are bodies of lanePTX with the %d that each lane is to have in the end.
var warpOperations = []struct {
	name, body string
	want       func(i int) uint32
}{
	{"bfly", "shfl.sync.bfly.b32 %d, %a, 5, 31, -1;", func(i int) uint32 { return warpInput[i^5] }},
	{"up", "shfl.sync.up.b32 %d|%p, %a, 3, 0, -1; @!%p mov.u32 %d, 99;", func(i int) uint32 {
		return choose(i < 3, 99, warpInput[max(i-3, 0)])
	}},
	{"down", "shfl.sync.down.b32 %d|%p, %a, 3, 31, -1; @!%p mov.u32 %d, 99;", func(i int) uint32 {
		return choose(i > 28, 99, warpInput[min(i+3, 31)])
	}},
	{"idx", "shfl.sync.idx.b32 %d, %a, %b, 31, -1;", func(i int) uint32 { return warpInput[i] }},
	{"idx in eights", "shfl.sync.idx.b32 %d, %a, 2, 0x181f, -1;",
		func(i int) uint32 { return warpInput[i&^7+2] }},
	{"up in eights", "shfl.sync.up.b32 %d, %a, 1, 0x1800, -1;",
		func(i int) uint32 { return warpInput[choose(i&7 == 0, i, max(i-1, 0))] }},
	{"down in fours", "shfl.sync.down.b32 %d, %a, 1, 0x1c1f, -1;",
		func(i int) uint32 { return warpInput[choose(i&3 == 3, i, min(i+1, 31))] }},
	{"ballot", markOdd + "vote.sync.ballot.b32 %d, %p, -1;", func(int) uint32 { return oddLanes }},
	{"any", markOdd + "vote.sync.any.pred %q, %p, -1; selp.u32 %d, 1, 0, %q;",
		func(int) uint32 { return bit(oddLanes != 0) }},
	{"all", markOdd + "vote.sync.all.pred %q, !%p, -1; selp.u32 %d, 1, 0, %q;",
		func(int) uint32 { return bit(oddLanes == 0) }},
	{"uni", "setp.lt.u32 %p, %b, 64; vote.sync.uni.pred %q, %p, -1; selp.u32 %d, 1, 0, %q;",
		func(int) uint32 { return 1 }},
	{"match any", "and.b32 %r1, %a, 3; match.any.sync.b32 %d, %r1, -1;", func(i int) uint32 {
		return lanesWhere(func(_ int, x uint32) bool { return x&3 == warpInput[i]&3 })
	}},
	{"match all", "match.all.sync.b32 %d|%p, %a, -1; @!%p add.u32 %d, %d, 5;",
		func(int) uint32 { return 5 }},
	{"redux add", "redux.sync.add.u32 %d, %a, -1;",
		func(int) uint32 { return foldInput(func(a, b uint32) uint32 { return a + b }) }},
	{"redux min", "redux.sync.min.s32 %d, %a, -1;", func(int) uint32 {
		return foldInput(func(a, b uint32) uint32 { return uint32(min(int32(a), int32(b))) })
	}},
	{"redux max", "redux.sync.max.u32 %d, %a, -1;",
		func(int) uint32 { return foldInput(func(a, b uint32) uint32 { return max(a, b) }) }},
	{"redux xor", "redux.sync.xor.b32 %d, %a, -1;",
		func(int) uint32 { return foldInput(func(a, b uint32) uint32 { return a ^ b }) }},
	{"activemask", markOdd + "@%p bra skip; activemask.b32 %d; skip:",
		func(i int) uint32 { return choose(oddLanes>>i&1 == 1, 0, ^oddLanes) }},
	{"elect", "elect.sync %d|%p, -1; @%p add.u32 %d, %d, 7;",
		func(i int) uint32 { return choose(i == 0, uint32(7), 0) }},
	{"lanemask", "mov.u32 %r1, %lanemask_lt; mov.u32 %r2, %lanemask_ge; and.b32 %r3, %r1, %r2; " +
		"popc.b32 %d, %r1; add.u32 %d, %d, %r3;",
		func(i int) uint32 { return uint32(i) }},
	{"movmatrix", "movmatrix.sync.aligned.m8n8.trans.b16 %d, %a;", func(i int) uint32 {
		half := func(row, col int) uint32 { return warpInput[4*row+col/2] >> (16 * (col % 2)) & 0xffff }
		return half(i%4*2, i/4) | half(i%4*2+1, i/4)<<16
	}},
	{"reduction at a barrier", markOdd + "barrier.red.popc.u32 %d, 0, %p;",
		func(int) uint32 { return uint32(bits.OnesCount32(oddLanes)) }},
	{"clock", "mov.u32 %r1, %clock; mov.u32 %r2, %clock; setp.gt.u32 %p, %r2, %r1; selp.u32 %d, 1, 0, " +
		"%p;", func(int) uint32 { return 1 }},
}

func TestWarpOperations(t *testing.T) {
	for _, tt := range warpOperations {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Options{})
			f := r.load(lanePTX(tt.body), "lane")
			out := r.alloc(4 * lanes)
			r.launch(f, 1, lanes, put(r, warpInput), out)
			for i, got := range get[uint32](r, out, lanes) {
				if want := tt.want(i); got != want {
					t.Fatalf("lane %d: got %#x, want %#x", i, got, want)
				}
			}
			r.close()
		})
	}
}

// Atomics on device and shared memory: every operation, all lanes on one word.
func TestAtomics(t *testing.T) {
	f := func(x float32) uint32 { return math.Float32bits(x) }
	for _, tt := range []struct {
		op    string
		start uint32
		arg   string
		want  uint32
	}{
		{"add.u32", 5, "%b", 5 + 31*16}, {"add.s32", 5, "1", 37}, {"min.s32", 9, "-3",
			0xfffffffd}, {"min.u32", 9, "%b", 0},
		{"max.s32", 0xfffffff0, "%b", 31}, {"max.u32", 0xfffffff0, "%b", 0xfffffff0}, {"and.b32", 0xff,
			"0x3c", 0x3c},
		{"or.b32", 1, "%b", 31}, {"xor.b32", 0, "%b", 0}, {"inc.u32", 0, "9", 2}, {"dec.u32", 3, "9", 1},
		{"exch.b32", 1, "44", 44}, {"add.f32", f(1), "0f3F000000", f(17)}, {"add.noftz.f16x2", 0x3c003c00,
			"0x3c000000", 0x50203c00},
	} {
		for _, sp := range []string{"global", "shared"} {
			t.Run(tt.op+"."+sp, func(t *testing.T) {
				place, load := "[%rd2]", "ld.global.u32 %d, [%rd2];"
				init := fmt.Sprintf("mov.u32 %%r1, %d; setp.eq.u32 %%p, %%b, 0;", tt.start)
				if sp == "shared" {
					place, load = "[tile]", "ld.shared.u32 %d, [tile];"
					init += "@%p st.shared.u32 [tile], %r1;"
				} else {
					init += "@%p st.global.u32 [%rd2], %r1;"
				}
				body := init + " bar.sync 0; red." + sp + "." + tt.op + " " + place + ", " + tt.arg +
					"; bar.sync 0;" + load
				if strings.HasPrefix(tt.op, "exch") { // has no red
					body = strings.Replace(body, "red."+sp+"."+tt.op, "atom."+sp+"."+tt.op+" %r7,", 1)
				}
				r := newRig(t, Options{})
				k := r.load(lanePTX(body), "lane")
				out := r.alloc(4 * lanes)
				r.launch(k, 1, lanes, put(r, make([]uint32, lanes)), out)
				if got := get[uint32](r, out, 2)[1]; got != tt.want {
					t.Errorf("got %#x, want %#x", got, tt.want)
				}
				r.close()
			})
		}
	}
}

// A lock by compare-and-swap across blocks needs blocks that make progress side
// by side; the holder changes a plain word between fences.
func TestCasCounter(t *testing.T) {
	body := `
	setp.ne.u32 %p, %b, 0;
	@%p bra done;
again:
	atom.global.cas.b32 %r1, [%rd2], 0, 1;
	setp.ne.u32 %q, %r1, 0;
	@%q bra again;
	membar.gl;
	ld.global.u32 %r2, [%rd2+4];
	add.u32 %r2, %r2, 1;
	st.global.u32 [%rd2+4], %r2;
	membar.gl;
	atom.global.exch.b32 %r3, [%rd2], 0;
done:
	mov.u32 %d, %r2;
	mov.u32 %r4, %ctaid.x;
	mad.wide.u32 %rd4, %r4, 128, %rd4;
	add.u64 %rd4, %rd4, 128;`
	for _, o := range []Options{{}, {Resident: 5}, {Resident: 5, Order: Random, Seed: 3}} {
		r := newRig(t, o)
		f := r.load(lanePTX("mov.u32 %r2, 0;"+body), "lane")
		out := put(r, make([]uint32, 6*lanes))
		r.launch(f, 5, lanes, put(r, make([]uint32, lanes)), out)
		if got := get[uint32](r, out+4, 1)[0]; got != 5 {
			t.Errorf("%+v: got %d, want 5", o, got)
		}
		r.close()
	}
}

// The forms of cp.async: sizes, zero fill by src-size and by predicate.
func TestAsyncForms(t *testing.T) {
	for _, tt := range []struct {
		inst string
		want [4]uint32 // of lane 1, whose source is 0x11, 0x12, 0x13, 0x14
	}{
		{"cp.async.cg.shared.global [%rd5], [%rd6], 16;", [4]uint32{0x11, 0x12, 0x13, 0x14}},
		{"cp.async.ca.shared.global.L2::128B [%rd5], [%rd6], 8;", [4]uint32{0x11, 0x12, 7, 7}},
		{"cp.async.ca.shared.global [%rd5], [%rd6], 4;", [4]uint32{0x11, 7, 7, 7}},
		{"cp.async.cg.shared.global [%rd5], [%rd6], 16, 8;", [4]uint32{0x11, 0x12, 0, 0}},
		{"mov.u32 %r7, 0; cp.async.cg.shared.global [%rd5], [%rd6], 16, %r7;", [4]uint32{0, 0, 0, 0}},
		{"setp.eq.u32 %p, %b, 1; cp.async.cg.shared.global [%rd5], [%rd6], 16, %p;", [4]uint32{0, 0, 0, 0}},
	} {
		for _, land := range []Landing{LandLate, LandEarly, LandRandom} {
			body := `mov.u64 %rd5, tile;
	mad.wide.u32 %rd5, %b, 16, %rd5;
	mad.wide.u32 %rd6, %b, 16, %rd1;
	mov.u32 %r1, 7;
	st.shared.v4.u32 [%rd5], {%r1, %r1, %r1, %r1};
	` + tt.inst + `
	cp.async.commit_group;
	cp.async.wait_group 0;
	ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [%rd5];
	mad.wide.u32 %rd7, %b, 12, %rd4;
	st.global.v4.u32 [%rd7], {%r1, %r2, %r3, %r4};
	mov.u32 %d, %r1;
	mov.u64 %rd4, %rd7;`
			r := newRig(t, Options{Land: land})
			f := r.load(lanePTX(body), "lane")
			in := make([]uint32, 4*lanes)
			for i := range in {
				in[i] = uint32(i/4<<4 + i%4 + 1)
			}
			out := r.alloc(16 * lanes)
			r.launch(f, 1, lanes, put(r, in), out)
			if got := [4]uint32(get[uint32](r, out+16, 4)); got != tt.want {
				t.Errorf("%s: got %#x, want %#x", tt.inst, got, tt.want)
			}
			r.close()
		}
	}
}
