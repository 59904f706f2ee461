package emu

import (
	"testing"
)

// allocaFindings are bodies that misuse the stack, with what is found.
var allocaFindings = []struct {
	body string
	kind Kind
}{
	{"alloca.u64 %rd5, 100000;", OutOfBounds},
	{"alloca.u64 %rd5, 8; ld.local.u32 %d, [%rd5];", Uninitialised},
	{"stacksave.u64 %rd7; alloca.u64 %rd5, 8; st.local.u32 [%rd5], %a; stackrestore.u64 %rd7; " +
		"alloca.u64 %rd6, 8; ld.local.u32 %d, [%rd6];", Uninitialised},
}

// Memory of alloca is each thread's own, uninitialised, and given back.
func TestAlloca(t *testing.T) {
	checkLanes(t, []laneCase{
		{"two pieces", `alloca.u64 %rd5, 8, 8; alloca.u64 %rd6, 16; st.local.u32 [%rd5], %a;
			st.local.u32 [%rd6], %b; sub.u64 %rd7, %rd6, %rd5;
		ld.local.u32 %r1, [%rd5]; ld.local.u32 %r2, [%rd6]; sub.u32 %d, %r1, %r2; setp.lt.u64 %p, %rd7, 8;
		@%p mov.u32 %d, 0;`,
			func(i int, x uint32) uint32 { return x - uint32(i) }},
		{"given back", `stacksave.u64 %rd5; alloca.u64 %rd6, 4096, 64; stackrestore.u64 %rd5;
			alloca.u64 %rd7, 4096, 64; and.b64 %rd5, %rd7, 63; sub.u64 %rd6, %rd6, %rd7;
		or.b64 %rd6, %rd6, %rd5; cvt.u32.u64 %d, %rd6;`, func(int, uint32) uint32 { return 0 }},
		{"aligned", "alloca.u64 %rd5, 3; alloca.u64 %rd6, 3; alloca.u64 %rd7, 8, 256; or.b64 %rd5, %rd5, " +
			"%rd6; and.b64 %rd5, %rd5, 7;\n" +
			"and.b64 %rd7, %rd7, 255; or.b64 %rd7, %rd7, %rd5; cvt.u32.u64 %d, %rd7;",
			func(int, uint32) uint32 { return 0 }},
		{"of a register", `shl.b32 %r1, %b, 3; add.u32 %r1, %r1, 8; cvt.u64.u32 %rd5, %r1;
			alloca.u64 %rd6, %rd5; add.u64 %rd6, %rd6, %rd5; st.local.u32 [%rd6+-4], %a;
		ld.local.u32 %d, [%rd6+-4];`, func(_ int, x uint32) uint32 { return x }},
	})
	for _, tt := range allocaFindings {
		r := newRig(t, Options{})
		f := r.load(lanePTX(tt.body), "lane")
		r.launch(f, 1, lanes, put(r, make([]uint32, lanes)), put(r, make([]uint32, lanes)))
		if f := finding(t, r.Synchronize(0)); f.Kind != tt.kind {
			t.Errorf("%s: got %v, want %q", tt.body, f, tt.kind)
		}
	}
}

// What a function takes of the stack it gives back when it returns, wherever each
// of its lanes does.
func TestAllocaReturns(t *testing.T) {
	ptx := `.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) f(.param .b32 x) { .reg .b32 %a, %b; .reg .b64 %p; .reg .pred %q; ld.param.b32 %a, [x];
	and.b32 %b, %a, 1; setp.eq.u32 %q, %b, 0; alloca.u64 %p, 64; st.local.u32 [%p], %a; ld.local.u32 %b, [%p];
	st.param.b32 [r], %b; @%q ret;
	alloca.u64 %p, 32; st.local.u32 [%p], 3; ld.local.u32 %a, [%p]; mul.lo.u32 %b, %a, %b;
	st.param.b32 [r], %b; ret; }
.visible .entry lane(.param .u64 out)
{
	.reg .b32 %r<8>;
	.reg .b64 %rd<8>;
	.reg .pred %p;
	ld.param.u64 %rd1, [out];
	mov.u32 %r1, %laneid;
	mad.wide.u32 %rd1, %r1, 4, %rd1;
	alloca.u64 %rd2, 8;
	st.local.u32 [%rd2], 7;
	mov.u32 %r3, 0;
again:
	{
		.param .b32 a;
		.param .b32 b;
		st.param.b32 [a], %r1;
		call (b), f, (a);
		ld.param.b32 %r2, [b];
	}
	add.u32 %r3, %r3, 1;
	setp.lt.u32 %p, %r3, 1000;
	@%p bra again;
	ld.local.u32 %r4, [%rd2];
	add.u32 %r2, %r2, %r4;
	st.global.u32 [%rd1], %r2;
	ret;
}
`
	r := newRig(t, Options{})
	f := r.load(ptx, "lane")
	out := put(r, make([]uint32, lanes))
	r.launch(f, 1, lanes, out)
	for i, got := range get[uint32](r, out, lanes) {
		if want := 7 + choose(i%2 == 0, uint32(i), uint32(3*i)); got != want {
			t.Errorf("lane %d: got %d, want %d", i, got, want)
		}
	}
	r.close()
}
