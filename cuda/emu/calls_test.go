package emu

import (
	"strings"
	"testing"
)

// indirectPTX has kernels that call twice, square and wide by address.
const indirectPTX = `.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; add.u32 %a, %a, %a;
st.param.b32 [r], %a; ret; }
.func (.param .b32 r) square(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; mul.lo.u32 %a, %a, %a;
st.param.b32 [r], %a; ret; }
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

// Calls through registers: of functions named by mov, by initialisers, and by a
// list of targets; lanes may call several at once.
func TestIndirectCalls(t *testing.T) {
	for how := range uint64(4) {
		eachOrder(t, func(t *testing.T, o Options) {
			r := newRig(t, o)
			f := r.load(indirectPTX, "lane")
			out := put(r, make([]uint32, lanes))
			r.launch(f, 1, lanes, how, out)
			err := r.Synchronize(0)
			if how > 1 { // no function, or one with another parameter
				if f := finding(t, err); f.Kind != OutOfBounds ||
					!strings.Contains(f.What, "which is no function with these parameters") {
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
	targets := strings.Replace(indirectPTX, "prototype: .callprototype (.param .b32 _) _ (.param .b32 _);",
		"prototype: .calltargets square;", 1)
	r := newRig(t, Options{})
	f := r.load(targets, "lane")
	r.launch(f, 1, lanes, 0, put(r, make([]uint32, lanes)))
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || f.Thread != [3]uint32{} {
		t.Errorf("got %v, want lane 0, which calls what is no target", f)
	}
}

// An address called with registers is none of a function with other parameters.
func TestIndirectCallOfRegisters(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(`.version 7.8
.target sm_80
.address_size 64
.func (.param .b32 r) twice(.param .b32 x) { .reg .b32 %a; ld.param.b32 %a, [x]; add.u32 %a, %a, %a;
st.param.b32 [r], %a; ret; }
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
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || f.Thread[0] != 1 ||
		!strings.Contains(f.What, "of parameters") {
		t.Errorf("got %v, want thread 1 out of its parameters", f)
	}
	r = newRig(t, Options{})
	f = r.load(strings.Replace(ptx, "ld.param.u32 %r4, [%rd1+8];",
		"ld.param.u64 %rd3, [%rd1+8]; cvt.u32.u64 %r4, %rd3;", 1), "k")
	r.launch(f, 1, 4, put(r, make([]uint32, 4)), 1)
	if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds ||
		!strings.Contains(f.What, "8 bytes at 8 of parameters of 12") {
		t.Errorf("got %v, want the last parameter passed by half", f)
	}
}
