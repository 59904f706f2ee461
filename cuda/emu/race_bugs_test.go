package emu

// raceBugs leave open which of two accesses comes first.
var raceBugs = []bug{
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
}
