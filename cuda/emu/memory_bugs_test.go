package emu

// memoryBugs touch memory that is not theirs, or not there, or never written.
var memoryBugs = []bug{
	{"read past the end", OutOfBounds, 1, 64, 5, `
		setp.eq.u32 %p1, %r1, 5;
		@%p1 ld.global.u8 %rs1, [%rd1+256]; // BUG
		`, "reads 1 bytes at 0x200200, which is 0 bytes past the end of the allocation of 256 bytes"},
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
}
