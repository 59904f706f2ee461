//go:build !noasm

#include "textflag.h"

// Products of fragments straight from the register file. A register of C holds 4
// numbers of each of 8 rows, and so does one of A, of dwords: two bfloat16 or a
// tf32. With g the row,
//
//	Z0 = C0[g] | C1[g] | C2[g] | C3[g]: the even and the odd columns of row g,
//	     those of row g + 8
//	Z1 = A0[g] | A0[g] | A1[g] | A1[g]: VPSHUFD spreads one dword over each part
//
// and the rows of B, their columns in the order of Z0, stay in Z16 to Z31.

DATA columns<>+0(SB)/4, $0
DATA columns<>+4(SB)/4, $8
DATA columns<>+8(SB)/4, $16
DATA columns<>+12(SB)/4, $24
DATA columns<>+16(SB)/4, $4
DATA columns<>+20(SB)/4, $12
DATA columns<>+24(SB)/4, $20
DATA columns<>+28(SB)/4, $28
GLOBL columns<>(SB), RODATA|NOPTR, $32

DATA dwordOne<>+0(SB)/4, $1
GLOBL dwordOne<>(SB), RODATA|NOPTR, $4
DATA upperHalf<>+0(SB)/4, $0xffff0000
GLOBL upperHalf<>(SB), RODATA|NOPTR, $4
DATA upper19<>+0(SB)/4, $0xffffe000
GLOBL upper19<>(SB), RODATA|NOPTR, $4
DATA onlyNaN<>+0(SB)/4, $0x7fffffff
GLOBL onlyNaN<>(SB), RODATA|NOPTR, $4

// regs: D0…D3, A0…A3, B0, B1, C0…C3.
#define START(mask) \
	MOVQ regs+0(FP), AX; \
	MOVQ halves+8(FP), BX; \
	VPBROADCASTD mask<>(SB), Z14; \
	VPBROADCASTD onlyNaN<>(SB), Z15; \
	VPBROADCASTD dwordOne<>(SB), Z11; \
	VBROADCASTI64X4 columns<>(SB), Z12; \
	MOVL $0xff00, CX; \
	KMOVW CX, K2; \
	MOVQ 80(AX), R8; \
	MOVQ 88(AX), R9; \
	MOVQ 96(AX), R10; \
	MOVQ 104(AX), R11; \
	MOVQ 32(AX), R12; \
	MOVQ 40(AX), R13; \
	MOVQ 48(AX), CX; \
	MOVQ 56(AX), SI; \
	XORQ DX, DX

#define LOADB(off) \
	MOVQ off(AX), DI; \
	VMOVDQU32 0(DI), Z2; \
	VMOVDQU32 64(DI), Z3; \
	VMOVDQA32 Z12, Z10

// Z4 = dword t of each column of B; t + 1 next.
#define PICK \
	VMOVDQA32 Z10, Z4; \
	VPERMI2D Z3, Z2, Z4; \
	VPADDD Z11, Z10, Z10

#define PAIRB(even, odd) \
	PICK; \
	VPSLLD $16, Z4, even; \
	VPANDD Z14, Z4, odd

#define ONEB(k) \
	PICK; \
	VPANDD Z14, Z4, k

#define LOADC \
	VMOVUPS (R8)(DX*1), X0; \
	VINSERTF32X4 $1, (R9)(DX*1), Z0, Z0; \
	VINSERTF32X4 $2, (R10)(DX*1), Z0, Z0; \
	VINSERTF32X4 $3, (R11)(DX*1), Z0, Z0

#define LOADA(upper, lower) \
	VBROADCASTI32X4 (upper)(DX*1), Z1; \
	VBROADCASTI32X4 (lower)(DX*1), K2, Z1

// The product is rounded before it is added, k by k.
#define PAIR(t, even, odd) \
	VPSHUFD t, Z1, Z5; \
	VPSLLD $16, Z5, Z6; \
	VPANDD Z14, Z5, Z7; \
	VMULPS even, Z6, Z6; \
	VADDPS Z6, Z0, Z0; \
	VMULPS odd, Z7, Z7; \
	VADDPS Z7, Z0, Z0

#define ONE(t, k) \
	VPSHUFD t, Z1, Z5; \
	VPANDD Z14, Z5, Z5; \
	VMULPS k, Z5, Z5; \
	VADDPS Z5, Z0, Z0

#define STORED \
	VCMPPS $3, Z0, Z0, K3; \
	VMOVAPS Z15, K3, Z0; \
	MOVQ 0(AX), DI; \
	VMOVUPS X0, (DI)(DX*1); \
	MOVQ 8(AX), DI; \
	VEXTRACTF32X4 $1, Z0, (DI)(DX*1); \
	MOVQ 16(AX), DI; \
	VEXTRACTF32X4 $2, Z0, (DI)(DX*1); \
	MOVQ 24(AX), DI; \
	VEXTRACTF32X4 $3, Z0, (DI)(DX*1); \
	ADDQ $16, DX

// func productBF16(regs *[14]unsafe.Pointer, halves int)
TEXT ·productBF16(SB), NOSPLIT, $0-16
	START(upperHalf)
	LOADB(64)
	PAIRB(Z16, Z17)
	PAIRB(Z18, Z19)
	PAIRB(Z20, Z21)
	PAIRB(Z22, Z23)
	CMPQ BX, $2
	JNE  rows
	LOADB(72)
	PAIRB(Z24, Z25)
	PAIRB(Z26, Z27)
	PAIRB(Z28, Z29)
	PAIRB(Z30, Z31)
rows:
	LOADC
	LOADA(R12, R13)
	PAIR($0x00, Z16, Z17)
	PAIR($0x55, Z18, Z19)
	PAIR($0xaa, Z20, Z21)
	PAIR($0xff, Z22, Z23)
	CMPQ BX, $2
	JNE  store
	LOADA(CX, SI)
	PAIR($0x00, Z24, Z25)
	PAIR($0x55, Z26, Z27)
	PAIR($0xaa, Z28, Z29)
	PAIR($0xff, Z30, Z31)
store:
	STORED
	CMPQ DX, $128
	JNE  rows
	VZEROUPPER
	RET

// func productTF32(regs *[14]unsafe.Pointer, halves int)
TEXT ·productTF32(SB), NOSPLIT, $0-16
	START(upper19)
	LOADB(64)
	ONEB(Z16)
	ONEB(Z17)
	ONEB(Z18)
	ONEB(Z19)
	CMPQ BX, $2
	JNE  rows
	LOADB(72)
	ONEB(Z20)
	ONEB(Z21)
	ONEB(Z22)
	ONEB(Z23)
rows:
	LOADC
	LOADA(R12, R13)
	ONE($0x00, Z16)
	ONE($0x55, Z17)
	ONE($0xaa, Z18)
	ONE($0xff, Z19)
	CMPQ BX, $2
	JNE  store
	LOADA(CX, SI)
	ONE($0x00, Z20)
	ONE($0x55, Z21)
	ONE($0xaa, Z22)
	ONE($0xff, Z23)
store:
	STORED
	CMPQ DX, $128
	JNE  rows
	VZEROUPPER
	RET
