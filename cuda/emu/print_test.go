package emu

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

const printHead = `.version 7.8
.target sm_80
.address_size 64
.extern .func (.param .b32 r) vprintf(.param .b64 format, .param .b64 args);
.extern .func __assertfail(.param .b64 message, .param .b64 file, .param .b32 line, .param .b64 function,
.param .b64 size);
.global .align 1 .b8 format[40] = {37, 100, 58, 32, 37, 46, 50, 102, 32, 37, 115, 32, 37, 108, 108, 117, 32,
37, 48, 52, 120, 32, 37, 53, 100, 124, 32, 37, 99, 37, 37, 10, 0};
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
	if f := finding(t, r.Synchronize(0)); f.Kind != Trap || f.Thread[0] != 5 ||
		f.What != "assertion abc failed at abc:77 in abc" {
		t.Errorf("got %v", f)
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
