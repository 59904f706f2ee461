// The tile instructions, which Go's assembler lacks, as constant expressions: operands in Go's order, the
// destination last. Registers are numbers, ax to r15; t, a, b, c are tiles. Memory is d(b)(x*1), always with a
// displacement of 32 bits; x is the stride from row to row.
#define ax 0
#define dx 2
#define bx 3
#define si 6
#define di 7
#define r8 8
#define r9 9
#define r10 10
#define r11 11
#define VEXM(p, op, t, d, b, x) LONG $(0xc4|((0xe2^(((x)>>3)<<6)^(((b)>>3)<<5))<<8)|((p)<<16)|((op)<<24)); WORD $(0x84|((t)<<3)|((((x)&7)<<3|((b)&7))<<8)); LONG $(d)
#define LDTILECFG(b) VEXM(0x78, 0x49, 0, 0, b, 4)
#define TILELOADD(d, b, x, t) VEXM(0x7b, 0x4b, t, d, b, x)
#define TILESTORED(t, d, b, x) VEXM(0x7a, 0x4b, t, d, b, x)
#define TILERELEASE LONG $0x4978e2c4; BYTE $0xc0
#define TILEZERO(t) LONG $0x497be2c4; BYTE $(0xc0|((t)<<3))
#define TDPBF16PS(b, a, c) LONG $(0x5c02e2c4|((15-(b))<<19)); BYTE $(0xc0|((c)<<3)|(a))

// A call: DI is the *amxCall, which begins with the configuration; SI and R9 are the first and the second 16
// rows of A with stride R8; R10 is B, whose rows are R11 apart; CX counts steps, R12 segments. The pointers in
// memory stay as they are and offsets from them advance: the collector must not see a pointer past the end
// of its object.
#define CONFIGURE MOVQ t+0(FP), DI; LDTILECFG(di); MOVQ amxCall_rowA(DI), R8; MOVQ amxCall_rowC(DI), BX; MOVQ $128, R11
#define OPERANDS MOVQ amxCall_a(DI), SI; ADDQ amxCall_atA(DI), SI; MOVQ amxCall_next(DI), R9; MOVQ amxCall_b(DI), R10; ADDQ amxCall_atB(DI), R10; \
	MOVQ amxCall_segments(DI), R12; MOVQ amxCall_init(DI), AX; TESTQ AX, AX
#define GIVEN ADDQ amxCall_atInit(DI), AX; MOVQ amxCall_rowInit(DI), DX
#define ADVANCE(bytes) MOVQ amxCall_panelB(DI), AX; ADDQ AX, amxCall_atB(DI); \
	MOVQ amxCall_moveInit(DI), AX; ADDQ AX, amxCall_atInit(DI); ADDQ $bytes, amxCall_atC(DI); DECQ amxCall_panels(DI)
#define NEXTLINE MOVQ amxCall_lineA(DI), AX; ADDQ AX, amxCall_atA(DI); MOVQ amxCall_lineB(DI), AX; ADDQ AX, amxCall_atB(DI); \
	MOVQ amxCall_lineC(DI), AX; ADDQ AX, amxCall_atC(DI); MOVQ amxCall_lineInit(DI), AX; ADDQ AX, amxCall_atInit(DI); \
	MOVQ amxCall_again(DI), AX; MOVQ AX, amxCall_panels(DI); DECQ amxCall_lines(DI)

// What a kernel does with the tiles of C before, in and after the sum. second has R9 begin where it is to be.
#define AMX(second, zeros, inits, dots, stores, bytes) CONFIGURE; \
panel: OPERANDS; second; JNE given; zeros; JMP begin; \
given: GIVEN; inits; \
begin: MOVQ amxCall_steps(DI), CX; \
step: dots; ADDQ $64, SI; ADDQ $2048, R10; DECQ CX; JNE step; \
	ADDQ amxCall_gapA(DI), SI; ADDQ amxCall_gapNext(DI), R9; DECQ R12; JNE begin; \
	MOVQ amxCall_c(DI), DX; ADDQ amxCall_atC(DI), DX; stores; ADVANCE(bytes); JNE panel; \
	NEXTLINE; JNE panel; TILERELEASE; RET
#define SECONDROWS LEAQ (SI)(R9*1), R9
#define SECONDPANEL LEAQ (R10)(R9*1), R9

// B is fetched two steps ahead to the first-level cache.
#define FETCH4(o, r) PREFETCHT0 o(r); PREFETCHT0 o+64(r); PREFETCHT0 o+128(r); PREFETCHT0 o+192(r)
#define FETCH8(o, r) FETCH4(o, r); FETCH4(o+256, r)

// 2×2 tiles of C: 0 and 1 above 2 and 3. A is 4 and 5, B 6 and 7.
#define ZERO2x2 TILEZERO(0); TILEZERO(1); TILEZERO(2); TILEZERO(3)
#define INIT2x2 TILELOADD(0, ax, dx, 0); TILELOADD(64, ax, dx, 1); ADDQ amxCall_nextInit(DI), AX; TILELOADD(0, ax, dx, 2); TILELOADD(64, ax, dx, 3)
#define DOTS2x2 TILELOADD(0, si, r8, 4); TILELOADD(0, r10, r11, 6); TILELOADD(64, r10, r11, 7); TDPBF16PS(6, 4, 0); FETCH8(4096, R10); \
	TDPBF16PS(7, 4, 1); FETCH8(4608, R10); TILELOADD(0, r9, r8, 5); TDPBF16PS(6, 5, 2); FETCH8(5120, R10); \
	TDPBF16PS(7, 5, 3); FETCH8(5632, R10); ADDQ $64, R9
#define STORE2x2 TILESTORED(0, 0, dx, bx); TILESTORED(1, 64, dx, bx); ADDQ amxCall_nextC(DI), DX; TILESTORED(2, 0, dx, bx); TILESTORED(3, 64, dx, bx)

// 2×1 tiles: 0 above 2, of 16 columns at most.
#define ZERO2x1 TILEZERO(0); TILEZERO(2)
#define INIT2x1 TILELOADD(0, ax, dx, 0); ADDQ amxCall_nextInit(DI), AX; TILELOADD(0, ax, dx, 2)
#define DOTS2x1 TILELOADD(0, si, r8, 4); TILELOADD(0, r10, r11, 6); TDPBF16PS(6, 4, 0); TILELOADD(0, r9, r8, 5); TDPBF16PS(6, 5, 2); ADDQ $64, R9
#define STORE2x1 TILESTORED(0, 0, dx, bx); ADDQ amxCall_nextC(DI), DX; TILESTORED(2, 0, dx, bx)

// 1×2 and 1×1 tiles.
#define ZERO1x2 TILEZERO(0); TILEZERO(1)
#define INIT1x2 TILELOADD(0, ax, dx, 0); TILELOADD(64, ax, dx, 1)
#define DOTS1x2 TILELOADD(0, si, r8, 4); TILELOADD(0, r10, r11, 6); TILELOADD(64, r10, r11, 7); TDPBF16PS(6, 4, 0); TDPBF16PS(7, 4, 1)
#define STORE1x2 TILESTORED(0, 0, dx, bx); TILESTORED(1, 64, dx, bx)
#define ZERO1x1 TILEZERO(0)
#define INIT1x1 TILELOADD(0, ax, dx, 0)
#define DOTS1x1 TILELOADD(0, si, r8, 4); TILELOADD(0, r10, r11, 6); TDPBF16PS(6, 4, 0)
#define STORE1x1 TILESTORED(0, 0, dx, bx)

// 1×4 tiles, from two panels: their B are R10 and R9, in tiles 5, 6, 7 and 5 again.
#define ZERO1x4 ZERO2x2
#define INIT1x4 TILELOADD(0, ax, dx, 0); TILELOADD(64, ax, dx, 1); TILELOADD(128, ax, dx, 2); TILELOADD(192, ax, dx, 3)
#define DOTS1x4 TILELOADD(0, si, r8, 4); TILELOADD(0, r10, r11, 5); TDPBF16PS(5, 4, 0); FETCH8(4096, R10); FETCH8(4608, R10); \
	TILELOADD(64, r10, r11, 6); TDPBF16PS(6, 4, 1); FETCH8(5120, R10); FETCH8(5632, R10); \
	TILELOADD(0, r9, r11, 7); TDPBF16PS(7, 4, 2); FETCH8(4096, R9); FETCH8(4608, R9); \
	TILELOADD(64, r9, r11, 5); TDPBF16PS(5, 4, 3); FETCH8(5120, R9); FETCH8(5632, R9); ADDQ $2048, R9
#define STORE1x4 TILESTORED(0, 0, dx, bx); TILESTORED(1, 64, dx, bx); TILESTORED(2, 128, dx, bx); TILESTORED(3, 192, dx, bx)
