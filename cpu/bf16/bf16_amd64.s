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

// func round512(dst, src unsafe.Pointer, n int)
TEXT ·round512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VCVTNE2PS2BF16(0, 1, 2)
	VMOVDQU32 Z2, (DI)
	ADDQ $128, SI
	ADDQ $64, DI
	SUBQ $32, CX
	JNE  loop
	VZEROUPPER
	RET

// func couple512(dst, even, odd unsafe.Pointer, n int)
TEXT ·couple512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), DX
	MOVQ n+24(FP), CX
loop:
	VMOVUPS (SI), Z0
	VMOVUPS (DX), Z1
	VCVTNEPS2BF16(0, 2)
	VCVTNEPS2BF16(1, 3)
	VPMOVZXWD Y2, Z2
	VPMOVZXWD Y3, Z3
	VPSLLD $16, Z3, Z3
	VPORD Z3, Z2, Z2
	VMOVDQU32 Z2, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNE  loop
	VZEROUPPER
	RET

// func join512(dst, even, odd unsafe.Pointer, n int)
TEXT ·join512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), DX
	MOVQ n+24(FP), CX
loop:
	VPMOVZXWD (SI), Z2
	VPMOVZXWD (DX), Z3
	VPSLLD $16, Z3, Z3
	VPORD Z3, Z2, Z2
	VMOVDQU32 Z2, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNE  loop
	VZEROUPPER
	RET

// func round256(dst, src unsafe.Pointer, n int)
TEXT ·round256(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	ROUNDING
loop:
	VMOVUPS (SI), Y0
	ROUND256(Y0, Y1, Y2, Y3)
	VMOVUPS 32(SI), Y0
	ROUND256(Y0, Y4, Y2, Y3)
	VPSRLD $16, Y1, Y1
	VPSRLD $16, Y4, Y4
	VPACKUSDW Y4, Y1, Y1
	VPERMQ $0xd8, Y1, Y1
	VMOVDQU Y1, (DI)
	ADDQ $64, SI
	ADDQ $32, DI
	SUBQ $16, CX
	JNE  loop
	VZEROUPPER
	RET

// func couple256(dst, even, odd unsafe.Pointer, n int)
TEXT ·couple256(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), DX
	MOVQ n+24(FP), CX
	ROUNDING
loop:
	VMOVUPS (SI), Y0
	ROUND256(Y0, Y1, Y2, Y3)
	VMOVUPS (DX), Y0
	ROUND256(Y0, Y4, Y2, Y3)
	VPSRLD $16, Y1, Y1
	VPBLENDW $0xaa, Y4, Y1, Y1
	VMOVDQU Y1, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  loop
	VZEROUPPER
	RET

// func join256(dst, even, odd unsafe.Pointer, n int)
TEXT ·join256(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ even+8(FP), SI
	MOVQ odd+16(FP), DX
	MOVQ n+24(FP), CX
loop:
	VPMOVZXWD (SI), Y2
	VPMOVZXWD (DX), Y3
	VPSLLD $16, Y3, Y3
	VPOR Y3, Y2, Y2
	VMOVDQU Y2, (DI)
	ADDQ $16, SI
	ADDQ $16, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNE  loop
	VZEROUPPER
	RET

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
