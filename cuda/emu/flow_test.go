package emu

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A random structured program on four registers of each thread: what it does is
// written out as PTX and, thread by thread, executed here.
type randomProgram struct {
	ptx    strings.Builder
	labels int
}

type threadState struct {
	r    [4]uint32
	gone bool // the thread has returned
}

// generate draws up to n statements; depth bounds the nesting.
func (p *randomProgram) generate(t *rapid.T, depth int) func(s *threadState) {
	var steps []func(s *threadState)
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		kinds := 4
		if depth > 0 {
			kinds = 8
		}
		d, a := rapid.IntRange(0, 3).Draw(t, "d"), rapid.IntRange(0, 3).Draw(t, "a")
		k := rapid.Uint32().Draw(t, "k")
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			fmt.Fprintf(&p.ptx, "\tadd.u32 %%v%d, %%v%d, %d;\n", d, a, k)
			steps = append(steps, func(s *threadState) { s.r[d] = s.r[a] + k })
		case 1:
			fmt.Fprintf(&p.ptx, "\tmad.lo.u32 %%v%d, %%v%d, %%v%d, %%v%d;\n", d, a, d, a)
			steps = append(steps, func(s *threadState) { s.r[d] = s.r[a]*s.r[d] + s.r[a] })
		case 2:
			k &= 3
			fmt.Fprintf(&p.ptx, "\tsetp.lt.u32 %%p, %%v%d, %%v%d;\n\t@%%p shr.u32 %%v%d, %%v%d, %d;\n", d, a,
				d, d, k)
			steps = append(steps, func(s *threadState) {
				if s.r[d] < s.r[a] {
					s.r[d] >>= k
				}
			})
		case 3:
			// A thread in eight leaves for good.
			fmt.Fprintf(&p.ptx, "\tand.b32 %%x, %%v%d, 7;\n\tsetp.eq.u32 %%p, %%x, 5;\n\t@%%p bra done;\n", a)
			steps = append(steps, func(s *threadState) { s.gone = s.r[a]&7 == 5 })
		case 4, 5:
			steps = append(steps, p.branch(t, a, k, depth))
		default:
			steps = append(steps, p.loop(t, a, depth))
		}
	}
	return func(s *threadState) {
		for _, f := range steps {
			if !s.gone {
				f(s)
			}
		}
	}
}

func (p *randomProgram) branch(t *rapid.T, a int, k uint32, depth int) func(s *threadState) {
	p.labels++
	n := p.labels
	k &= 15
	fmt.Fprintf(&p.ptx, "\tand.b32 %%x, %%v%d, 15;\n\tsetp.le.u32 %%p, %%x, %d;\n\t@%%p bra else%d;\n", a, k,
		n)
	yes := p.generate(t, depth-1)
	fmt.Fprintf(&p.ptx, "\tbra end%d;\nelse%d:\n", n, n)
	no := p.generate(t, depth-1)
	fmt.Fprintf(&p.ptx, "end%d:\n", n)
	return func(s *threadState) {
		if s.r[a]&15 > k {
			yes(s)
		} else {
			no(s)
		}
	}
}

// loop runs its body as often as the low bits of a register say, the number of
// turns differing from lane to lane.
func (p *randomProgram) loop(t *rapid.T, a, depth int) func(s *threadState) {
	p.labels++
	n := p.labels
	fmt.Fprintf(&p.ptx, "\t.reg .b32 %%n%d;\n\tand.b32 %%n%d, %%v%d, 3;\nloop%d:\n\tsetp.eq.u32 %%p, "+
		"%%n%d, 0;\n\t@%%p bra out%d;\n", n, n, a, n, n, n)
	body := p.generate(t, depth-1)
	fmt.Fprintf(&p.ptx, "\tsub.u32 %%n%d, %%n%d, 1;\n\tbra loop%d;\nout%d:\n", n, n, n, n)
	return func(s *threadState) {
		for k := s.r[a] & 3; k > 0 && !s.gone; k-- {
			body(s)
		}
	}
}

// Lanes that part and meet compute what single threads would, and every lane
// that has not left is back at the end: the vote there names them all.
func TestDivergence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &randomProgram{}
		run := p.generate(rt, 3)
		ptx := `.version 7.0
.target sm_75
.address_size 64
.visible .entry flow(.param .u64 d)
{
	.reg .b32 %v<4>, %x, %t, %all;
	.reg .pred %p;
	.reg .b64 %rd<3>;
	mov.u32 %t, %tid.x;
	mov.u32 %v0, %t;
	mul.lo.u32 %v1, %t, 2654435761;
	xor.b32 %v2, %v1, %t;
	shr.u32 %v3, %v1, 13;
` + p.ptx.String() + `done:
	activemask.b32 %all;
	ld.param.u64 %rd1, [d];
	mad.wide.u32 %rd2, %t, 32, %rd1;
	st.global.v4.u32 [%rd2], {%v0, %v1, %v2, %v3};
	st.global.u32 [%rd2+16], %all;
	ret;
}
`
		r := newRig(t, Options{})
		f := r.load(ptx, "flow")
		const threads = 70
		d := put(r, make([]uint32, 8*threads))
		r.launch(f, 1, threads, d)
		got := get[uint32](r, d, 8*threads)
		for i := range uint32(threads) {
			s := &threadState{}
			s.r = [4]uint32{i, i * 2654435761, i*2654435761 ^ i, i * 2654435761 >> 13}
			run(s)
			if *(*[4]uint32)(got[8*i:]) != s.r {
				rt.Fatalf("thread %d: got %x, want %x in\n%s", i, got[8*i:8*i+4], s.r, ptx)
			}
			want := choose(i < 64, uint32(fullMask), 0x3f)
			if got[8*i+4] != want {
				rt.Fatalf("thread %d: %#x lanes have met at the end, want %#x in\n%s", i, got[8*i+4], want,
					ptx)
			}
		}
		r.close()
	})
}

// callsPTX sums 0 … n by a function that two places call, with a loop and an early return in it.
const callsPTX = `.version 7.0
.target sm_75
.address_size 64
.func (.param .b32 out) sum(.param .b32 n)
{
	.reg .b32 %r<4>;
	.reg .pred %p;
	ld.param.u32 %r1, [n];
	mov.u32 %r2, 0;
	setp.gt.u32 %p, %r1, 20;
	@%p bra tooBig;
again:
	setp.eq.u32 %p, %r1, 0;
	@%p bra end;
	add.u32 %r2, %r2, %r1;
	sub.u32 %r1, %r1, 1;
	bra again;
end:
	st.param.b32 [out], %r2;
	ret;
tooBig:
	st.param.b32 [out], 1000;
	ret;
}
.visible .entry calls(.param .u64 d)
{
	.reg .b32 %r<8>;
	.reg .pred %p;
	.reg .b64 %rd<3>;
	mov.u32 %r1, %tid.x;
	and.b32 %r2, %r1, 3;
targets: .branchtargets zero, one, two, one;
	brx.idx %r2, targets;
zero:
	{
	.param .b32 n;
	st.param.b32 [n], %r1;
	.param .b32 out;
	call.uni (out), sum, (n);
	ld.param.b32 %r3, [out];
	}
	bra.uni end;
one:
	add.u32 %r4, %r1, 1;
	call (%r3), sum, (%r4);
	bra end;
two:
	mov.u32 %r3, 7;
end:
	ld.param.u64 %rd1, [d];
	mad.wide.u32 %rd2, %r1, 4, %rd1;
	st.global.u32 [%rd2], %r3;
	ret;
}
`

// Calls from two places by different lanes, with a loop and an early return in
// the callee, and an indexed branch.
func TestCallsAndTables(t *testing.T) {
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(callsPTX, "calls")
		d := put(r, make([]uint32, 32))
		r.launch(f, 1, 32, d)
		for i, got := range get[uint32](r, d, 32) {
			n := choose(i&3 == 0, i, i+1)
			want := choose(n > 20, 1000, n*(n+1)/2)
			if i&3 == 2 {
				want = 7
			}
			if int(got) != want {
				t.Errorf("thread %d: got %d, want %d", i, got, want)
			}
		}
		r.close()
	})
}
