//go:build !noasm

#include "textflag.h"

// Rows are 32 float32 values: four registers of eight. Each result that is not
// a number is replaced by the canonical one.

DATA canonNaN<>+0(SB)/4, $0x7fffffff
GLOBL canonNaN<>(SB), RODATA|NOPTR, $4

// Y0 = op(Y0, b); where Y0 ≠ Y0, the canonical NaN; store.
#define BINARY(OP, off) \
	VMOVUPS off(SI), Y0; \
	OP      off(DX), Y0, Y0; \
	VCMPPS  $3, Y0, Y0, Y1; \
	VBLENDVPS Y1, Y15, Y0, Y0; \
	VMOVUPS Y0, off(DI)

#define ROW(OP) \
	MOVQ d+0(FP), DI; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), DX; \
	VBROADCASTSS canonNaN<>(SB), Y15; \
	BINARY(OP, 0); \
	BINARY(OP, 32); \
	BINARY(OP, 64); \
	BINARY(OP, 96); \
	VZEROUPPER; \
	RET

// func addRowAVX2(d, a, b *[32]float32)
TEXT ·addRowAVX2(SB), NOSPLIT, $0-24
	ROW(VADDPS)

// func subRowAVX2(d, a, b *[32]float32)
TEXT ·subRowAVX2(SB), NOSPLIT, $0-24
	ROW(VSUBPS)

// func mulRowAVX2(d, a, b *[32]float32)
TEXT ·mulRowAVX2(SB), NOSPLIT, $0-24
	ROW(VMULPS)

// func divRowAVX2(d, a, b *[32]float32)
TEXT ·divRowAVX2(SB), NOSPLIT, $0-24
	ROW(VDIVPS)

#define FMA(off) \
	VMOVUPS off(SI), Y0; \
	VMOVUPS off(DX), Y2; \
	VFMADD213PS off(CX), Y2, Y0; \
	VCMPPS  $3, Y0, Y0, Y1; \
	VBLENDVPS Y1, Y15, Y0, Y0; \
	VMOVUPS Y0, off(DI)

// func fmaRowAVX2(d, a, b, c *[32]float32)
TEXT ·fmaRowAVX2(SB), NOSPLIT, $0-32
	MOVQ d+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ c+24(FP), CX
	VBROADCASTSS canonNaN<>(SB), Y15
	FMA(0)
	FMA(32)
	FMA(64)
	FMA(96)
	VZEROUPPER
	RET

#define STEP(off, acc) \
	VBROADCASTSS off(SI), Y9; \
	VMULPS Y8, Y9, Y9; \
	VADDPS Y9, acc, acc

// func tileAVX2(c *[16][8]float32, a *[16][16]float32, b *[16][8]float32, k int)
//
// c[i][j] += a[i][p]·b[p][j] for p = 0 … k−1 in this order, the product rounded
// before it is added: four rows of c at a time.
TEXT ·tileAVX2(SB), NOSPLIT, $0-32
	MOVQ c+0(FP), DI
	MOVQ a+8(FP), R8
	MOVQ b+16(FP), R9
	MOVQ k+24(FP), R10
	MOVQ $4, R11
rows:
	VMOVUPS 0(DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 64(DI), Y2
	VMOVUPS 96(DI), Y3
	MOVQ R8, SI
	MOVQ R9, DX
	MOVQ R10, CX
inner:
	VMOVUPS (DX), Y8
	STEP(0, Y0)
	STEP(64, Y1)
	STEP(128, Y2)
	STEP(192, Y3)
	ADDQ $4, SI
	ADDQ $32, DX
	DECQ CX
	JNZ  inner
	VMOVUPS Y0, 0(DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ $128, DI
	ADDQ $256, R8
	DECQ R11
	JNZ  rows
	VZEROUPPER
	RET

DATA steps<>+0(SB)/8, $0
DATA steps<>+8(SB)/8, $1
DATA steps<>+16(SB)/8, $2
DATA steps<>+24(SB)/8, $3
GLOBL steps<>(SB), RODATA|NOPTR, $32

// Y9 = address; or, difference from a row of stretches, minimum, maximum.
#define ADDRESS(off) \
	VMOVDQU off(SI), Y9; \
	VPADDQ  Y0, Y9, Y9; \
	VMOVDQU Y9, off(DI); \
	VPOR    Y9, Y5, Y5; \
	VPXOR   Y4, Y9, Y10; \
	VPOR    Y10, Y6, Y6; \
	VPADDQ  Y3, Y4, Y4; \
	VPCMPGTQ Y9, Y7, Y11; \
	VBLENDVPD Y11, Y9, Y7, Y7; \
	VPCMPGTQ Y8, Y9, Y11; \
	VBLENDVPD Y11, Y9, Y8, Y8

// func addressesAVX2(ea, row *[32]uint64, off, n uint64, sum *[16]uint64)
//
// ea = row + off. sum holds, four lanes at a time: the or of the addresses, the
// or of their differences from ea[0] + n·lane, their minimum and maximum as
// signed numbers.
TEXT ·addressesAVX2(SB), NOSPLIT, $0-40
	MOVQ ea+0(FP), DI
	MOVQ row+8(FP), SI
	MOVQ sum+32(FP), DX
	VPBROADCASTQ off+16(FP), Y0
	VPBROADCASTQ n+24(FP), Y1
	VPMULUDQ steps<>(SB), Y1, Y2
	VPSLLQ $2, Y1, Y3
	VPBROADCASTQ (SI), Y4
	VPADDQ Y0, Y4, Y4
	VMOVDQU Y4, Y7
	VMOVDQU Y4, Y8
	VPADDQ Y2, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	ADDRESS(0)
	ADDRESS(32)
	ADDRESS(64)
	ADDRESS(96)
	ADDRESS(128)
	ADDRESS(160)
	ADDRESS(192)
	ADDRESS(224)
	VMOVDQU Y5, 0(DX)
	VMOVDQU Y6, 32(DX)
	VMOVDQU Y7, 64(DX)
	VMOVDQU Y8, 96(DX)
	VZEROUPPER
	RET
