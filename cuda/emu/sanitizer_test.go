package emu

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// bugHead opens the PTX of a kernel with a pointer p to 256 initialised bytes
// and a pointer q to 256 bytes never written, loaded in %rd1 and %rd2; %r1 is
// tid.x, %r2 is ctaid.x, %rd3 is 4·tid.
const bugHead = `.version 7.8
.target sm_80
.address_size 64
.const .align 4 .b8 fixed[16] = {1, 2, 3, 4};
.visible .entry bug(.param .u64 p, .param .u64 q)
{
	.reg .pred %p<8>;
	.reg .b16 %rs<4>;
	.reg .b32 %r<32>;
	.reg .f32 %f<16>;
	.reg .b64 %rd<16>;
	.shared .align 16 .b8 first[512];
	.shared .align 16 .b8 second[64];
	.local .align 8 .b8 depot[32];
	ld.param.u64 %rd1, [p];
	ld.param.u64 %rd2, [q];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, %ctaid.x;
	mul.wide.u32 %rd3, %r1, 4;
	mov.u32 %r9, 0;
`

// bugs are kernels with one fault each, on the line marked BUG; a kernel without
// a mark is right and must pass.
var bugs = []struct {
	name        string
	kind        Kind
	grid, block int
	thread      uint32
	body        string
	what        string // in the message
}{
	{"read past the end", OutOfBounds, 1, 64, 5, `
		setp.eq.u32 %p1, %r1, 5;
		@%p1 ld.global.u8 %rs1, [%rd1+256]; // BUG`, "reads 1 bytes at 0x200200, which is 0 bytes past the end of the allocation of 256 bytes"},
	{"last byte", "", 1, 64, 0, `
		ld.global.u8 %rs1, [%rd1+255];`, ""},
	{"write before the start", OutOfBounds, 1, 32, 0, `
		add.s64 %rd4, %rd1, %rd3;
		st.global.u32 [%rd4+-4], %r1; // BUG`, "4 bytes before"},
	{"half outside", OutOfBounds, 1, 1, 0, `
		ld.global.v2.u32 {%r3, %r4}, [%rd1+248];
		add.s64 %rd4, %rd1, 256;
		ld.global.v2.u32 {%r3, %r4}, [%rd4]; // BUG`, "past the end"},
	{"null", OutOfBounds, 1, 32, 0, `
		mov.u64 %rd4, 16;
		ld.global.u32 %r3, [%rd4]; // BUG`, "near null"},
	{"wild", OutOfBounds, 1, 32, 0, `
		mov.u64 %rd4, 0x3fff12345678;
		ld.u32 %r3, [%rd4]; // BUG`, "in no allocation"},
	{"misaligned", Misaligned, 1, 32, 0, `
		ld.global.u32 %r3, [%rd1+2]; // BUG`, "4 bytes at address"},
	{"misaligned vector", Misaligned, 1, 32, 0, `
		ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd1+8]; // BUG`, "16 bytes"},
	{"write to constants", ReadOnly, 1, 32, 0, `
		mov.u64 %rd4, fixed;
		st.u32 [%rd4], %r1; // BUG`, "variable fixed"},
	{"read past a constant", OutOfBounds, 1, 32, 0, `
		ld.const.u32 %r3, [fixed+16]; // BUG`, "variable fixed of 16 bytes"},
	{"uninitialised global", Uninitialised, 1, 64, 33, `
		setp.eq.u32 %p1, %r1, 33;
		setp.ne.u32 %p2, %r1, 33;
		add.s64 %rd4, %rd2, %rd3;
		@%p2 st.global.u32 [%rd4], %r1;
		ld.global.u32 %r3, [%rd4]; // BUG`, "byte 0 was never written"},
	{"uninitialised shared", Uninitialised, 1, 32, 0, `
		ld.shared.u32 %r3, [first+4]; // BUG`, "shared byte 4, which was never written"},
	{"uninitialised local", Uninitialised, 1, 32, 0, `
		mov.u64 %rd4, depot;
		st.local.u32 [%rd4], %r1;
		ld.local.u32 %r3, [%rd4];
		ld.local.v2.u32 {%r3, %r4}, [%rd4]; // BUG`, "local byte 0x4"},
	{"uninitialised register", Uninitialised, 1, 64, 7, `
		setp.ne.u32 %p1, %r1, 7;
		@%p1 mov.u32 %r5, 1;
		add.u32 %r6, %r5, %r1; // BUG`, "register %r5"},
	{"undefined register copied", "", 1, 32, 0, `
		setp.ne.u32 %p1, %r1, 7;
		mov.u32 %r5, %r31;
		@%p1 add.u32 %r6, %r1, %r1;`, ""},
	{"undefined copy used", Uninitialised, 1, 32, 0, `
		mov.u32 %r5, %r31;
		mov.u32 %r6, %r5;
		st.global.u32 [%rd1], %r6; // BUG`, "register %r6"},
	{"past shared memory", OutOfBounds, 1, 32, 31, `
		mul.wide.u32 %rd4, %r1, 32;
		mov.u64 %rd5, first;
		add.s64 %rd4, %rd4, %rd5;
		setp.eq.u32 %p1, %r1, 31;
		@%p1 st.shared.u32 [%rd4+4000], %r1; // BUG`, "shared address"},
	{"between shared variables", OutOfBounds, 1, 32, 0, `
		st.shared.u32 [first+512], %r1; // BUG`, "outside every variable"},
	{"past local memory", OutOfBounds, 1, 32, 0, `
		mov.u64 %rd4, depot;
		st.local.u32 [%rd4+32], %r1; // BUG`, "local address"},
	{"read after write", SharedRace, 1, 64, 32, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4], %r1;
		xor.b32 %r3, %r1, 32;
		mul.wide.u32 %rd5, %r3, 4;
		mov.u64 %rd6, first;
		add.s64 %rd6, %rd6, %rd5;
		setp.lt.u32 %p1, %r1, 32;
		@%p1 bar.sync 1, 32;
		bar.warp.sync 0xffffffff;
		setp.ge.u32 %p2, %r1, 32;
		@%p2 ld.shared.u32 %r4, [%rd6]; // BUG`, "thread 0 wrote with no barrier between"},
	{"read after write and barrier", "", 1, 64, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4], %r1;
		xor.b32 %r3, %r1, 32;
		mul.wide.u32 %rd5, %r3, 4;
		mov.u64 %rd6, first;
		add.s64 %rd6, %rd6, %rd5;
		bar.sync 0;
		ld.shared.u32 %r4, [%rd6];`, ""},
	{"write after read", SharedRace, 1, 64, 32, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4], %r1;
		bar.sync 0;
		setp.lt.u32 %p1, %r1, 32;
		@%p1 ld.shared.u32 %r4, [first];
		setp.eq.u32 %p2, %r1, 32;
		@%p2 st.shared.u32 [first], %r1; // BUG`, "which warp 0 read with no barrier between"},
	{"write after write", SharedRace, 1, 64, 32, `
		setp.eq.u32 %p1, %r1, 0;
		setp.eq.u32 %p2, %r1, 32;
		@%p1 st.shared.u32 [first], %r1;
		@%p2 st.shared.u32 [first], %r1; // BUG`, "thread 0 wrote"},
	{"lanes store different values", SharedRace, 1, 32, 1, `
		st.shared.u32 [first], %r1; // BUG`, "thread 0 of the same warp wrote"},
	{"lanes store one value", "", 1, 32, 0, `
		st.shared.u32 [first], %r9;`, ""},
	{"lanes without warp sync", SharedRace, 1, 32, 1, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4+4], %r1;
		setp.gt.u32 %p1, %r1, 0;
		@%p1 ld.shared.u32 %r3, [%rd4]; // BUG`, "no bar.warp.sync between"},
	{"lanes with warp sync", "", 1, 32, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4+4], %r1;
		bar.warp.sync 0xffffffff;
		setp.gt.u32 %p1, %r1, 0;
		@%p1 ld.shared.u32 %r3, [%rd4];`, ""},
	{"shared atomic of what was never written", Uninitialised, 1, 32, 0, `
		atom.shared.add.u32 %r3, [first], 1; // BUG`, "never written"},
	{"shared atomics", "", 1, 64, 0, `
		setp.eq.u32 %p1, %r1, 0;
		@%p1 st.shared.u32 [first], %r9;
		bar.sync 0;
		atom.shared.add.u32 %r3, [first], 1;
		bar.sync 0;
		ld.shared.u32 %r4, [first];`, ""},
	{"shared atomic and plain read", SharedRace, 1, 64, 32, `
		setp.eq.u32 %p1, %r1, 0;
		@%p1 st.shared.u32 [first], %r9;
		bar.sync 0;
		setp.lt.u32 %p1, %r1, 32;
		@%p1 red.shared.add.u32 [first], 1;
		setp.ge.u32 %p1, %r1, 32;
		@%p1 ld.shared.u32 %r4, [first]; // BUG`, "no barrier between"},
	{"blocks write one place", GlobalRace, 2, 32, 0, `
		add.s64 %rd4, %rd2, %rd3;
		st.global.u32 [%rd4], %r1; // BUG`, "block 0 of the launch wrote"},
	{"block reads what another wrote", GlobalRace, 2, 1, 0, `
		setp.eq.u32 %p1, %r2, 0;
		@%p1 st.global.u32 [%rd1], %r1;
		setp.eq.u32 %p1, %r2, 1;
		@%p1 ld.global.u32 %r3, [%rd1]; // BUG`, "reads"},
	{"block writes what others read", GlobalRace, 3, 1, 0, `
		ld.global.u32 %r3, [%rd1];
		setp.eq.u32 %p1, %r2, 2;
		@%p1 st.global.u32 [%rd1], %r1; // BUG`, "several blocks"},
	{"neighbouring halves", "", 2, 32, 0, `
		shl.b32 %r3, %r1, 1;
		add.u32 %r3, %r3, %r2;
		mul.wide.u32 %rd4, %r3, 2;
		add.s64 %rd4, %rd4, %rd2;
		cvt.u16.u32 %rs1, %r1;
		st.global.u16 [%rd4], %rs1;`, ""},
	{"global atomics", "", 4, 32, 0, `
		red.global.add.u32 [%rd1], 1;`, ""},
	{"atomic and plain read", GlobalRace, 2, 1, 0, `
		setp.eq.u32 %p1, %r2, 0;
		@%p1 red.global.add.u32 [%rd1], 1;
		setp.eq.u32 %p1, %r2, 1;
		@%p1 ld.global.u32 %r3, [%rd1]; // BUG`, "block 0 of the launch wrote"},
	{"last block reads all", "", 4, 1, 0, `
		mul.wide.u32 %rd4, %r2, 4;
		add.s64 %rd4, %rd4, %rd2;
		st.global.u32 [%rd4], %r2;
		membar.gl;
		atom.global.inc.u32 %r3, [%rd1], 3;
		setp.ne.u32 %p1, %r3, 3;
		@%p1 ret;
		ld.global.u32 %r4, [%rd2];
		ld.global.u32 %r5, [%rd2+4];`, ""},
	{"barrier in a branch", DivergentBarrier, 1, 32, 16, `
		setp.ge.u32 %p1, %r1, 16;
		@%p1 bra after;
		bar.sync 0; // BUG
	after:`, "the thread has not arrived"},
	{"barrier after exit", DivergentBarrier, 1, 64, 40, `
		setp.eq.u32 %p1, %r1, 40;
		@%p1 exit;
		setp.lt.u32 %p2, %r1, 0;
		bar.sync 0; // BUG`, "has exited"},
	{"barrier after a warp exits", DivergentBarrier, 1, 64, 32, `
		setp.ge.u32 %p1, %r1, 32;
		@%p1 exit;
		bar.sync 0; // BUG`, "has exited"},
	{"two barriers", DivergentBarrier, 1, 64, 32, `
		setp.ge.u32 %p1, %r1, 32;
		@%p1 bra other;
		bar.sync 0;
		bra after;
	other:
		bar.sync 0; // BUG
	after:`, "another warp waits at the barrier of line"},
	{"deadlock", Deadlock, 1, 64, 0, `
		setp.ge.u32 %p1, %r1, 32;
		@%p1 bra other;
		bar.sync 1, 64; // BUG
		bra after;
	other:
		bar.sync 2, 64;
	after:`, "has 32 of 64 threads"},
	{"part of the block", "", 1, 96, 0, `
		setp.ge.u32 %p1, %r1, 64;
		@%p1 bra after;
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		st.shared.u32 [%rd4], %r1;
		bar.sync 1, 64;
		xor.b32 %r3, %r1, 32;
		mul.wide.u32 %rd5, %r3, 4;
		mov.u64 %rd6, first;
		add.s64 %rd6, %rd6, %rd5;
		ld.shared.u32 %r4, [%rd6];
	after:`, ""},
	{"producer and consumer", "", 1, 64, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		setp.ge.u32 %p1, %r1, 32;
		@%p1 bra consume;
		st.shared.u32 [%rd4], %r1;
		bar.arrive 1, 64;
		bra after;
	consume:
		bar.sync 1, 64;
		ld.shared.u32 %r4, [%rd4+-128];
	after:`, ""},
	{"producer goes on", SharedRace, 1, 64, 32, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		setp.ge.u32 %p1, %r1, 32;
		@%p1 bra consume;
		bar.arrive 1, 64;
		st.shared.u32 [%rd4], %r1;
		bra after;
	consume:
		bar.sync 1, 64;
		ld.shared.u32 %r4, [%rd4+-128]; // BUG
	after:`, "thread 0 wrote with no barrier between"},
	{"shuffle in a branch", WrongLanes, 1, 32, 0, `
		setp.ge.u32 %p1, %r1, 16;
		@%p1 bra after;
		shfl.sync.bfly.b32 %r3, %r1, 16, 31, 0xffffffff; // BUG
	after:`, "names lane 16, which is not here"},
	{"shuffle after exit", WrongLanes, 1, 32, 0, `
		setp.eq.u32 %p1, %r1, 3;
		@%p1 exit;
		shfl.sync.down.b32 %r3, %r1, 1, 31, 0xffffffff; // BUG`, "names lane 3, which has exited"},
	{"shuffle from outside the mask", WrongLanes, 1, 32, 0, `
		setp.ge.u32 %p1, %r1, 16;
		@%p1 bra after;
		shfl.sync.bfly.b32 %r3, %r1, 16, 31, 0x0000ffff; // BUG
	after:`, "reads lane 16, which is not here"},
	{"vote without oneself", WrongLanes, 1, 32, 31, `
		setp.ge.u32 %p1, %r1, 16;
		vote.sync.ballot.b32 %r3, %p1, 0x7fffffff; // BUG`, "not in its own mask"},
	{"half a warp", "", 1, 32, 0, `
		setp.ge.u32 %p1, %r1, 16;
		@%p1 bra after;
		shfl.sync.bfly.b32 %r3, %r1, 8, 31, 0x0000ffff;
	after:`, ""},
	{"mma in a branch", WrongLanes, 1, 32, 9, `
		setp.eq.u32 %p1, %r1, 9;
		@%p1 bra after;
		mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, {%r1,%r1,%r1,%r1}, {%r1,%r1}, {0f00000000,0f00000000,0f00000000,0f00000000}; // BUG
	after:`, "needs all 32 lanes"},
	{"cp.async read before the wait", AsyncPending, 1, 32, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		add.s64 %rd5, %rd1, %rd3;
		cp.async.ca.shared.global [%rd4], [%rd5], 4;
		cp.async.commit_group;
		ld.shared.u32 %r3, [%rd4]; // BUG`, "which a cp.async of thread 0 has yet to write"},
	{"cp.async, wrong group", AsyncPending, 1, 32, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		add.s64 %rd5, %rd1, %rd3;
		cp.async.ca.shared.global [%rd4], [%rd5], 4;
		cp.async.commit_group;
		cp.async.ca.shared.global [%rd4+128], [%rd5+128], 4;
		cp.async.commit_group;
		cp.async.wait_group 1;
		ld.shared.u32 %r3, [%rd4];
		ld.shared.u32 %r3, [%rd4+128]; // BUG`, "has yet to write"},
	{"cp.async overwritten", AsyncPending, 1, 32, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		add.s64 %rd5, %rd1, %rd3;
		cp.async.ca.shared.global [%rd4], [%rd5], 4;
		st.shared.u32 [%rd4], %r1; // BUG`, "has yet to write"},
	{"cp.async of another warp", SharedRace, 1, 64, 32, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		add.s64 %rd5, %rd1, %rd3;
		cp.async.ca.shared.global [%rd4], [%rd5], 4;
		cp.async.wait_all;
		setp.lt.u32 %p1, %r1, 32;
		@%p1 bar.sync 1, 32;
		@!%p1 ld.shared.u32 %r3, [first]; // BUG`, "no barrier between"},
	{"cp.async waited for", "", 1, 64, 0, `
		mov.u64 %rd4, first;
		add.s64 %rd4, %rd4, %rd3;
		add.s64 %rd5, %rd1, %rd3;
		cp.async.ca.shared.global [%rd4], [%rd5], 4;
		cp.async.wait_all;
		bar.sync 0;
		ld.shared.u32 %r3, [first];`, ""},
	{"cp.async past the end", OutOfBounds, 1, 32, 0, `
		cp.async.ca.shared.global [first], [%rd1+256], 4; // BUG`, "past the end"},
	{"cp.async of garbage", Uninitialised, 1, 1, 0, `
		cp.async.ca.shared.global [first], [%rd2], 4; // BUG
		cp.async.wait_all;`, "never written"},
	{"trap", Trap, 1, 32, 4, `
		setp.eq.u32 %p1, %r1, 4;
		@%p1 trap; // BUG`, "executed trap"},
	{"no end", Hang, 1, 32, 0, `
	loop:
		bra loop; // BUG`, "and no end"},
}

// marked returns the number of the line that holds the mark, 0 if none does.
func marked(ptx string) int {
	for i, l := range strings.Split(ptx, "\n") {
		if strings.Contains(l, "// BUG") {
			return i + 1
		}
	}
	return 0
}

func TestBugs(t *testing.T) {
	for _, tt := range bugs {
		t.Run(tt.name, func(t *testing.T) {
			ptx := bugHead + tt.body + "\n\tret;\n}\n"
			r := newRig(t, Options{MaxInstructions: 100000})
			f := r.load(ptx, "bug")
			p := put(r, make([]uint32, 64))
			q := r.alloc(256)
			r.launch(f, tt.grid, tt.block, p, q)
			err := r.Synchronize(0)
			if tt.kind == "" {
				r.must(err)
				r.close()
				return
			}
			got := finding(t, err)
			if got.Kind != tt.kind || got.Thread != [3]uint32{tt.thread, 0, 0} || got.Line != marked(ptx) {
				t.Errorf("got %q of thread %v on line %d, want %q of thread %d on line %d",
					got.Kind, got.Thread, got.Line, tt.kind, tt.thread, marked(ptx))
			}
			if !strings.Contains(err.Error(), tt.what) || !strings.Contains(err.Error(), "bug block (") {
				t.Errorf("message %q does not contain %q", err, tt.what)
			}
			var de *driver.Error
			if !errors.As(err, &de) || de.Code == 0 {
				t.Errorf("%v wraps no driver error", err)
			}
			if again := r.Synchronize(0); again == nil {
				t.Error("the context lives on after a fault")
			}
		})
	}
}

func finding(t *testing.T, err error) *Finding {
	t.Helper()
	var f *Finding
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a finding", err)
	}
	return f
}

// Every fault is found whatever the order of blocks and warps, unless the order
// is what hides it; correct kernels pass under all of them.
func TestCorrectUnderEveryOrder(t *testing.T) {
	for _, tt := range bugs {
		if tt.kind != "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			eachOrder(t, func(t *testing.T, o Options) {
				r := newRig(t, o)
				f := r.load(bugHead+tt.body+"\n\tret;\n}\n", "bug")
				r.launch(f, tt.grid, tt.block, put(r, make([]uint32, 64)), r.alloc(256))
				r.must(r.Synchronize(0))
				r.close()
			})
		})
	}
}

func TestCollect(t *testing.T) {
	r := newRig(t, Options{Collect: true})
	f := r.load(bugHead+`
		ld.global.u32 %r3, [%rd2];
		ld.global.u32 %r4, [%rd1+256];
		st.global.u32 [%rd1], %r4;
		ret;
	}`, "bug")
	p := put(r, make([]uint32, 64))
	r.launch(f, 1, 1, p, r.alloc(256))
	if got := get[uint32](r, p, 1)[0]; got != 0xffffffff {
		t.Errorf("a read out of bounds gave %#x, want all ones", got)
	}
	var kinds []Kind
	for _, f := range r.Findings() {
		kinds = append(kinds, f.Kind)
	}
	if len(kinds) != 2 || kinds[0] != Uninitialised || kinds[1] != OutOfBounds {
		t.Errorf("found %v, want an uninitialised read and one out of bounds", kinds)
	}
	r.close()
}

// A finding names the line of the .cu file behind the instruction.
func TestSourceLine(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(readFile(t, "prototype_80.ptx"), "adam")
	short := put(r, make([]float32, 8))
	r.launch(f, 1, 32, short, r.alloc(64), short, short, short, 32, 0, 0, 0, 0, 0, 0, 0)
	got := finding(t, r.Synchronize(0))
	if got.File != "./prototype.cu" || got.SourceLine != 96 || got.Kernel != "adam" || got.Thread[0] != 8 {
		t.Errorf("got %v, want thread 8 of adam at prototype.cu:96", got)
	}
}
