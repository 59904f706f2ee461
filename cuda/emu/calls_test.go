package emu

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Calls through registers: of functions named by mov, by initialisers, and by a
// list of targets; lanes may call several at once.
func TestIndirectCalls(t *testing.T) {
	ptx := `.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; add.u32 %a, %a, %a; st.param.b32 [r], %a; ret; }
.func (.param .b32 r) square(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; mul.lo.u32 %a, %a, %a; st.param.b32 [r], %a; ret; }
.func (.param .b32 r) wide(.param .b64 x) { .reg .b32 %a; mov.u32 %a, 9; st.param.b32 [r], %a; ret; }
.global .align 8 .u64 table[2] = {twice, square};
.visible .entry lane(.param .u64 how, .param .u64 out)
{
	.reg .b32 %r<8>;
	.reg .b64 %rd<8>;
	.reg .pred %p;
	ld.param.u64 %rd1, [how];
	ld.param.u64 %rd2, [out];
	mov.u32 %r1, %laneid;
	mad.wide.u32 %rd3, %r1, 4, %rd2;
	and.b32 %r2, %r1, 1;
	mul.wide.u32 %rd4, %r2, 8;
	mov.u64 %rd5, table;
	add.u64 %rd4, %rd4, %rd5;
	ld.global.u64 %rd6, [%rd4];
	setp.eq.u64 %p, %rd1, 1;
	@%p mov.u64 %rd6, square;
	setp.eq.u64 %p, %rd1, 2;
	@%p mov.u64 %rd6, wide;
	setp.eq.u64 %p, %rd1, 3;
	@%p mov.u64 %rd6, 12345;
	setp.lt.u32 %p, %r1, 20;
	mov.u32 %r4, 7;
	{
		.param .b32 param0;
		st.param.b32 [param0], %r1;
		.param .b32 retval0;
		prototype: .callprototype (.param .b32 _) _ (.param .b32 _);
		@%p call (retval0), %rd6, (param0), prototype;
		@%p ld.param.b32 %r4, [retval0];
	}
	st.global.u32 [%rd3], %r4;
	ret;
}
`
	for how := range uint64(4) {
		eachOrder(t, func(t *testing.T, o Options) {
			r := newRig(t, o)
			f := r.load(ptx, "lane")
			out := put(r, make([]uint32, lanes))
			r.launch(f, 1, lanes, how, out)
			err := r.Synchronize(0)
			if how > 1 { // no function, or one with another parameter
				if f := finding(t, err); f.Kind != OutOfBounds || !strings.Contains(f.What, "which is no function with these parameters") {
					t.Errorf("call %d: got %v", how, err)
				}
				return
			}
			r.must(err)
			for i, got := range get[uint32](r, out, lanes) {
				x := uint32(i)
				want := choose(i >= 20, 7, choose(how == 0 && i%2 == 0, 2*x, x*x))
				if got != want {
					t.Errorf("call %d, lane %d: got %d, want %d", how, i, got, want)
				}
			}
			r.close()
		})
	}
	targets := strings.Replace(ptx, "prototype: .callprototype (.param .b32 _) _ (.param .b32 _);", "prototype: .calltargets square;", 1)
	r := newRig(t, Options{})
	f := r.load(targets, "lane")
	r.launch(f, 1, lanes, 0, put(r, make([]uint32, lanes)))
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || f.Thread != [3]uint32{} {
		t.Errorf("got %v, want lane 0, which calls what is no target", f)
	}
}

// Blocks print one after the other, however many workers there are.
func TestPrintfOfBlocks(t *testing.T) {
	var out bytes.Buffer
	r := newRig(t, Options{Workers: 4, Unchecked: true, Print: &out})
	f := r.load(`.version 7.8
.target sm_80
.address_size 64
.extern .func (.param .b32 r) vprintf (.param .b64 format, .param .b64 args);
.global .align 1 .b8 format[4] = {37, 100, 10, 0};
.visible .entry lane()
{
	.reg .b32 %r;
	.reg .b64 %rd<3>;
	.local .align 4 .b32 args;
	mov.u32 %r, %ctaid.x;
	st.local.u32 [args], %r;
	mov.u64 %rd1, format;
	cvta.global.u64 %rd1, %rd1;
	mov.u64 %rd2, args;
	cvta.local.u64 %rd2, %rd2;
	{
		.param .b64 a;
		.param .b64 b;
		.param .b32 c;
		st.param.b64 [a], %rd1;
		st.param.b64 [b], %rd2;
		call (c), vprintf, (a, b);
	}
	ret;
}`, "lane")
	r.launch(f, 1000, 1)
	r.must(r.Synchronize(0))
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintln(&want, i)
	}
	if out.String() != want.String() {
		t.Errorf("got %q", out.String())
	}
}

// What a function takes of the stack it gives back when it returns, wherever each
// of its lanes does.
func TestAllocaReturns(t *testing.T) {
	ptx := `.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) f(.param .b32 x) { .reg .b32 %a, %b; .reg .b64 %p; .reg .pred %q; ld.param.b32 %a, [x];
	and.b32 %b, %a, 1; setp.eq.u32 %q, %b, 0; alloca.u64 %p, 64; st.local.u32 [%p], %a; ld.local.u32 %b, [%p]; st.param.b32 [r], %b; @%q ret;
	alloca.u64 %p, 32; st.local.u32 [%p], 3; ld.local.u32 %a, [%p]; mul.lo.u32 %b, %a, %b; st.param.b32 [r], %b; ret; }
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

// An address called with registers is none of a function with other parameters.
func TestIndirectCallOfRegisters(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(`.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; add.u32 %a, %a, %a; st.param.b32 [r], %a; ret; }
.func (.param .b32 r) wide(.param .b64 x) { st.param.b32 [r], 9; ret; }
.func (.param .b32 r) big(.param .align 16 .b8 x[16]) { st.param.b32 [r], 9; ret; }
.func (.param .b64 r) long(.param .b32 x) { st.param.b64 [r], 9; ret; }
.global .align 8 .u64 table[4] = {twice, wide, big, long};
.visible .entry lane(.param .u64 out)
{
	.reg .b32 %r<3>;
	.reg .b64 %rd<3>;
	ld.param.u64 %rd1, [out];
	ld.global.u64 %rd2, [table];
	mov.u32 %r1, 21;
	prototype: .callprototype (.param .b32 _) _ (.param .b32 _);
	call (%r2), %rd2, (%r1), prototype;
	st.global.u32 [%rd1], %r2;
	ret;
}`, "lane")
	out := put(r, make([]uint32, 1))
	r.launch(f, 1, 1, out)
	if got := get[uint32](r, out, 1)[0]; got != 42 {
		t.Errorf("got %d, want 42", got)
	}
	r.close()
}

// Memory of alloca is each thread's own, uninitialised, and given back.
func TestAlloca(t *testing.T) {
	checkLanes(t, []laneCase{
		{"two pieces", `alloca.u64 %rd5, 8, 8; alloca.u64 %rd6, 16; st.local.u32 [%rd5], %a; st.local.u32 [%rd6], %b; sub.u64 %rd7, %rd6, %rd5;
		ld.local.u32 %r1, [%rd5]; ld.local.u32 %r2, [%rd6]; sub.u32 %d, %r1, %r2; setp.lt.u64 %p, %rd7, 8; @%p mov.u32 %d, 0;`,
			func(i int, x uint32) uint32 { return x - uint32(i) }},
		{"given back", `stacksave.u64 %rd5; alloca.u64 %rd6, 4096, 64; stackrestore.u64 %rd5; alloca.u64 %rd7, 4096, 64; and.b64 %rd5, %rd7, 63; sub.u64 %rd6, %rd6, %rd7;
		or.b64 %rd6, %rd6, %rd5; cvt.u32.u64 %d, %rd6;`, func(int, uint32) uint32 { return 0 }},
		{"aligned", "alloca.u64 %rd5, 3; alloca.u64 %rd6, 3; alloca.u64 %rd7, 8, 256; or.b64 %rd5, %rd5, %rd6; and.b64 %rd5, %rd5, 7;\n" +
			"and.b64 %rd7, %rd7, 255; or.b64 %rd7, %rd7, %rd5; cvt.u32.u64 %d, %rd7;", func(int, uint32) uint32 { return 0 }},
		{"of a register", `shl.b32 %r1, %b, 3; add.u32 %r1, %r1, 8; cvt.u64.u32 %rd5, %r1; alloca.u64 %rd6, %rd5; add.u64 %rd6, %rd6, %rd5; st.local.u32 [%rd6+-4], %a;
		ld.local.u32 %d, [%rd6+-4];`, func(_ int, x uint32) uint32 { return x }},
	})
	for _, tt := range []struct {
		body string
		kind Kind
	}{
		{"alloca.u64 %rd5, 100000;", OutOfBounds},
		{"alloca.u64 %rd5, 8; ld.local.u32 %d, [%rd5];", Uninitialised},
		{"stacksave.u64 %rd7; alloca.u64 %rd5, 8; st.local.u32 [%rd5], %a; stackrestore.u64 %rd7; alloca.u64 %rd6, 8; ld.local.u32 %d, [%rd6];", Uninitialised},
	} {
		r := newRig(t, Options{})
		f := r.load(lanePTX(tt.body), "lane")
		r.launch(f, 1, lanes, put(r, make([]uint32, lanes)), put(r, make([]uint32, lanes)))
		if f := finding(t, r.Synchronize(0)); f.Kind != tt.kind {
			t.Errorf("%s: got %v, want %q", tt.body, f, tt.kind)
		}
	}
}

const printHead = `.version 7.8
.target sm_80
.address_size 64
.extern .func (.param .b32 r) vprintf(.param .b64 format, .param .b64 args);
.extern .func __assertfail(.param .b64 message, .param .b64 file, .param .b32 line, .param .b64 function, .param .b64 size);
.global .align 1 .b8 format[40] = {37, 100, 58, 32, 37, 46, 50, 102, 32, 37, 115, 32, 37, 108, 108, 117, 32, 37, 48, 52, 120, 32, 37, 53, 100, 124, 32, 37, 99, 37, 37, 10, 0};
.global .align 1 .b8 word[4] = {97, 98, 99, 0};
`

// printf: "%d: %.2f %s %llu %04x %5d| %c%%\n".
func TestPrintf(t *testing.T) {
	ptx := printHead + `.visible .entry print()
{
	.reg .b32 %r<4>;
	.reg .b64 %rd<6>;
	.reg .f64 %fd<2>;
	.local .align 8 .b8 args[56];
	mov.u32 %r1, %laneid;
	mov.u64 %rd1, args;
	neg.s32 %r2, %r1;
	st.local.u32 [%rd1], %r2;
	cvt.rn.f64.u32 %fd1, %r1;
	mul.f64 %fd1, %fd1, 0d3FF4000000000000;
	st.local.f64 [%rd1+8], %fd1;
	mov.u64 %rd2, word;
	cvta.global.u64 %rd2, %rd2;
	st.local.u64 [%rd1+16], %rd2;
	mov.u64 %rd3, 12345678901;
	st.local.u64 [%rd1+24], %rd3;
	mov.u32 %r3, 171;
	st.local.u32 [%rd1+32], %r3;
	st.local.u32 [%rd1+36], %r2;
	mov.u32 %r3, 65;
	st.local.u32 [%rd1+40], %r3;
	cvta.local.u64 %rd4, %rd1;
	mov.u64 %rd5, format;
	{
		.param .b64 p0; .param .b64 p1; .param .b32 r0;
		st.param.b64 [p0], %rd5;
		st.param.b64 [p1], %rd4;
		call (r0), vprintf, (p0, p1);
		ld.param.b32 %r3, [r0];
	}
	ret;
}
`
	var out bytes.Buffer
	r := newRig(t, Options{Print: &out})
	r.launch(r.load(ptx, "print"), 1, 3)
	r.must(r.Synchronize(0))
	var want strings.Builder
	for i := range 3 {
		fmt.Fprintf(&want, "%d: %.2f abc 12345678901 00ab %5d| A%%\n", -i, 1.25*float64(i), -i)
	}
	if out.String() != want.String() {
		t.Errorf("got %q, want %q", out.String(), want.String())
	}
	r.close()
}

func TestAssert(t *testing.T) {
	ptx := printHead + `.visible .entry check()
{
	.reg .b32 %r<2>;
	.reg .b64 %rd<4>;
	.reg .pred %p;
	mov.u32 %r1, %laneid;
	setp.ne.u32 %p, %r1, 5;
	@%p bra done;
	mov.u64 %rd1, word;
	mov.u32 %r1, 77;
	mov.u64 %rd2, 1;
	{
		.param .b64 p0; .param .b64 p1; .param .b32 p2; .param .b64 p3; .param .b64 p4;
		st.param.b64 [p0], %rd1;
		st.param.b64 [p1], %rd1;
		st.param.b32 [p2], %r1;
		st.param.b64 [p3], %rd1;
		st.param.b64 [p4], %rd2;
		call.uni __assertfail, (p0, p1, p2, p3, p4);
	}
done:
	ret;
}
`
	r := newRig(t, Options{})
	r.launch(r.load(ptx, "check"), 1, 32)
	if f := finding(t, r.Synchronize(0)); f.Kind != Trap || f.Thread[0] != 5 || f.What != "assertion abc failed at abc:77 in abc" {
		t.Errorf("got %v", f)
	}
}

// Parameters at addresses in registers, of a function and of the kernel.
func TestParameterAddresses(t *testing.T) {
	ptx := `.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) pick(.param .align 4 .b8 list[16], .param .b32 i)
{
	.reg .b32 %a<3>;
	.reg .b64 %p<3>;
	ld.param.b32 %a1, [i];
	mov.b64 %p1, list;
	mad.wide.u32 %p2, %a1, 4, %p1;
	ld.param.u32 %a2, [%p2];
	st.param.b32 [r], %a2;
	ret;
}
.visible .entry k(.param .u64 out, .param .u32 step)
{
	.reg .b32 %r<8>;
	.reg .b64 %rd<4>;
	mov.b64 %rd1, out;
	ld.param.u64 %rd2, [%rd1];
	ld.param.u32 %r4, [%rd1+8];
	mov.u32 %r1, %laneid;
	mul.lo.u32 %r2, %r1, %r4;
	{
		.param .align 4 .b8 p0[16]; .param .b32 p1; .param .b32 r0;
		mov.u32 %r3, 10; st.param.b32 [p0], %r3;
		mov.u32 %r3, 20; st.param.b32 [p0+4], %r3;
		mov.u32 %r3, 30; st.param.b32 [p0+8], %r3;
		mov.u32 %r3, 40; st.param.b32 [p0+12], %r3;
		st.param.b32 [p1], %r2;
		call (r0), pick, (p0, p1);
		ld.param.b32 %r3, [r0];
	}
	mad.wide.u32 %rd3, %r1, 4, %rd2;
	st.global.u32 [%rd3], %r3;
	ret;
}
`
	r := newRig(t, Options{})
	f := r.load(ptx, "k")
	out := put(r, make([]uint32, 4))
	r.launch(f, 1, 4, out, 1)
	if got, want := [4]uint32(get[uint32](r, out, 4)), [4]uint32{10, 20, 30, 40}; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	r.launch(f, 1, 4, out, 1000)
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || f.Thread[0] != 1 || !strings.Contains(f.What, "of parameters") {
		t.Errorf("got %v, want thread 1 out of its parameters", f)
	}
	r = newRig(t, Options{})
	f = r.load(strings.Replace(ptx, "ld.param.u32 %r4, [%rd1+8];", "ld.param.u64 %rd3, [%rd1+8]; cvt.u32.u64 %r4, %rd3;", 1), "k")
	r.launch(f, 1, 4, put(r, make([]uint32, 4)), 1)
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || !strings.Contains(f.What, "8 bytes at 8 of parameters of 12") {
		t.Errorf("got %v, want the last parameter passed by half", f)
	}
}
