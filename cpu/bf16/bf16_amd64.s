#include "go_asm.h"
#include "textflag.h"
#include "bf16_amd64.h"

// Eight words of ones and eight of zeros: read 8−n words in, n words of ones.
DATA columns<>+0(SB)/8, $0xffffffffffffffff
DATA columns<>+8(SB)/8, $0xffffffffffffffff
DATA columns<>+16(SB)/8, $0xffffffffffffffff
DATA columns<>+24(SB)/8, $0xffffffffffffffff
DATA columns<>+32(SB)/8, $0
DATA columns<>+40(SB)/8, $0
DATA columns<>+48(SB)/8, $0
DATA columns<>+56(SB)/8, $0
GLOBL columns<>(SB), RODATA|NOPTR, $64

DATA rounding<>+0(SB)/4, $1
DATA rounding<>+4(SB)/4, $0x7fff
DATA rounding<>+8(SB)/4, $0x7f800000
DATA rounding<>+12(SB)/4, $0x00400000
DATA rounding<>+16(SB)/4, $0x80000000
GLOBL rounding<>(SB), RODATA|NOPTR, $20

// func pairwise1(t *tile)
TEXT ·pairwise1(SB), NOSPLIT, $0-8
	PAIRWISE(EACH1, DOTS1)

// func pairwise2(t *tile)
TEXT ·pairwise2(SB), NOSPLIT, $0-8
	PAIRWISE(EACH2, DOTS2)

// func pairwise3(t *tile)
TEXT ·pairwise3(SB), NOSPLIT, $0-8
	PAIRWISE(EACH3, DOTS3)

// func pairwise4(t *tile)
TEXT ·pairwise4(SB), NOSPLIT, $0-8
	PAIRWISE(EACH4, DOTS4)

// func pairwise5(t *tile)
TEXT ·pairwise5(SB), NOSPLIT, $0-8
	PAIRWISE(EACH5, DOTS5)

// func pairwise6(t *tile)
TEXT ·pairwise6(SB), NOSPLIT, $0-8
	PAIRWISE(EACH6, DOTS6)

// func pairwise7(t *tile)
TEXT ·pairwise7(SB), NOSPLIT, $0-8
	PAIRWISE(EACH7, DOTS7)

// func pairwise8(t *tile)
TEXT ·pairwise8(SB), NOSPLIT, $0-8
	PAIRWISE(EACH8, DOTS8)

// func pairwise9(t *tile)
TEXT ·pairwise9(SB), NOSPLIT, $0-8
	PAIRWISE(EACH9, DOTS9)

// func pairwise10(t *tile)
TEXT ·pairwise10(SB), NOSPLIT, $0-8
	PAIRWISE(EACH10, DOTS10)

// func pairwise11(t *tile)
TEXT ·pairwise11(SB), NOSPLIT, $0-8
	PAIRWISE(EACH11, DOTS11)

// func pairwise12(t *tile)
TEXT ·pairwise12(SB), NOSPLIT, $0-8
	PAIRWISE(EACH12, DOTS12)

// func evenOdd512x1(t *tile)
TEXT ·evenOdd512x1(SB), NOSPLIT, $8-8
	EVENODD512(QUAD1, EOS1)

// func evenOdd512x2(t *tile)
TEXT ·evenOdd512x2(SB), NOSPLIT, $8-8
	EVENODD512(QUAD2, EOS2)

// func evenOdd512x3(t *tile)
TEXT ·evenOdd512x3(SB), NOSPLIT, $8-8
	EVENODD512(QUAD3, EOS3)

// func evenOdd512x4(t *tile)
TEXT ·evenOdd512x4(SB), NOSPLIT, $8-8
	EVENODD512(QUAD4, EOS4)

// func evenOdd512x5(t *tile)
TEXT ·evenOdd512x5(SB), NOSPLIT, $8-8
	EVENODD512(QUAD5, EOS5)

// func evenOdd512x6(t *tile)
TEXT ·evenOdd512x6(SB), NOSPLIT, $8-8
	EVENODD512(QUAD6, EOS6)

// func evenOdd256x1(t *tile)
TEXT ·evenOdd256x1(SB), NOSPLIT, $8-8
	EVENODD256(COUPLE1, EOT1)

// func evenOdd256x2(t *tile)
TEXT ·evenOdd256x2(SB), NOSPLIT, $8-8
	EVENODD256(COUPLE2, EOT2)

// func evenOdd256x3(t *tile)
TEXT ·evenOdd256x3(SB), NOSPLIT, $8-8
	EVENODD256(COUPLE3, EOT3)

// func evenOdd256x4(t *tile)
TEXT ·evenOdd256x4(SB), NOSPLIT, $8-8
	EVENODD256(COUPLE4, EOT4)

// func round512(dst, src unsafe.Pointer, n, rows, dstRow, srcRow int)
TEXT ·round512(SB), NOSPLIT, $0-48
	MOVQ rows+24(FP), R8
	MOVQ n+16(FP), BX
	MOVQ BX, CX
	ANDQ $31, CX
	MOVQ $-1, AX
	SHLQ CX, AX
	NOTQ AX
	KMOVD AX, K3
	KMOVW AX, K1
	SHRQ $16, AX
	KMOVW AX, K2
	MOVQ dst+0(FP), R9
	MOVQ src+8(FP), R10
row:
	MOVQ R9, DI
	MOVQ R10, SI
	MOVQ BX, CX
	SUBQ $32, CX
	JLT  tail
loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VCVTNE2PS2BF16(0, 1, 2)
	VMOVDQU32 Z2, (DI)
	ADDQ $128, SI
	ADDQ $64, DI
	SUBQ $32, CX
	JGE  loop
tail:
	ADDQ $32, CX
	JZ   next
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z 64(SI), K2, Z1
	VCVTNE2PS2BF16(0, 1, 2)
	VMOVDQU16 Z2, K3, (DI)
next:
	ADDQ dstRow+32(FP), R9
	ADDQ srcRow+40(FP), R10
	DECQ R8
	JNE  row
	VZEROUPPER
	RET

// func couple512(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)
TEXT ·couple512(SB), NOSPLIT, $0-56
	PAIRS512(pair, loop, tail, next, COUPLE512, 128)

// func join512(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)
TEXT ·join512(SB), NOSPLIT, $0-56
	PAIRS512(pair, loop, tail, next, JOIN512, 64)

// func round256(dst, src unsafe.Pointer, n, rows, dstRow, srcRow int)
TEXT ·round256(SB), NOSPLIT, $0-48
	MOVQ rows+24(FP), R8
	MOVQ dst+0(FP), R9
	MOVQ src+8(FP), R10
	ROUNDING
row:
	MOVQ R9, DI
	MOVQ R10, SI
	MOVQ n+16(FP), CX
loop:
	VMOVUPS (SI), Y0
	ROUND256(Y0, Y1, Y2, Y3)
	VPSRLD $16, Y1, Y1
	VEXTRACTI128 $1, Y1, X4
	VPACKUSDW X4, X1, X1
	VMOVDQU X1, (DI)
	ADDQ $32, SI
	ADDQ $16, DI
	SUBQ $8, CX
	JNE  loop
	ADDQ dstRow+32(FP), R9
	ADDQ srcRow+40(FP), R10
	DECQ R8
	JNE  row
	VZEROUPPER
	RET

// func couple256(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)
TEXT ·couple256(SB), NOSPLIT, $0-56
	ROUNDING
	PAIRS256(pair, loop, same, COUPLE256, 32)

// func join256(dst, src unsafe.Pointer, n, pairs, row, pairStride, panelStride int)
TEXT ·join256(SB), NOSPLIT, $0-56
	PAIRS256(pair, loop, same, JOIN256, 16)

// func settle256(dst, src unsafe.Pointer, n int)
TEXT ·settle256(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	ROUNDING
	VPSRAD $15, Y15, Y9 // ones in the upper half of each word
loop:
	VMOVUPS (SI), Y0
	ROUND256(Y0, Y1, Y2, Y3)
	VPAND Y9, Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  loop
	VZEROUPPER
	RET
