package emu

// orderBugs miss a barrier, a lane or the wait for a copy, or do not end.
var orderBugs = []bug{
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
		mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4}, // BUG
		{%r1,%r1,%r1,%r1}, {%r1,%r1}, {0f00000000,0f00000000,0f00000000,0f00000000};
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
