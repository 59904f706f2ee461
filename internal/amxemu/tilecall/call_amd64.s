#include "textflag.h"

// The bytes are those of the GNU assembler for the instruction in the comment.

// func LoadConfig(c *[64]byte)
TEXT ·LoadConfig(SB), NOSPLIT, $0-8
	MOVQ c+0(FP), AX
	LONG $0x4978e2c4; BYTE $0x00 // ldtilecfg (%rax)
	RET

// func StoreConfig(c *[64]byte)
TEXT ·StoreConfig(SB), NOSPLIT, $0-8
	MOVQ c+0(FP), AX
	LONG $0x4979e2c4; BYTE $0x00 // sttilecfg (%rax)
	RET

// func Release()
TEXT ·Release(SB), NOSPLIT, $0-0
	LONG $0x4978e2c4; BYTE $0xc0 // tilerelease
	RET

// func Zero()
TEXT ·Zero(SB), NOSPLIT, $0-0
	LONG $0x497be2c4; BYTE $0xc0 // tilezero %tmm0
	RET

// func LoadC(p unsafe.Pointer, stride uint64)
TEXT ·LoadC(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ stride+8(FP), CX
	LONG $0x4b7be2c4; WORD $0x0804 // tileloadd (%rax,%rcx,1),%tmm0
	RET

// func LoadA(p unsafe.Pointer, stride uint64)
TEXT ·LoadA(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ stride+8(FP), CX
	LONG $0x4b7be2c4; WORD $0x080c // tileloadd (%rax,%rcx,1),%tmm1
	RET

// func LoadB(p unsafe.Pointer, stride uint64)
TEXT ·LoadB(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ stride+8(FP), CX
	LONG $0x4b79e2c4; WORD $0x0814 // tileloaddt1 (%rax,%rcx,1),%tmm2
	RET

// func StoreC(p unsafe.Pointer, stride uint64)
TEXT ·StoreC(SB), NOSPLIT, $0-16
	MOVQ p+0(FP), AX
	MOVQ stride+8(FP), CX
	LONG $0x4b7ae2c4; WORD $0x0804 // tilestored %tmm0,(%rax,%rcx,1)
	RET

// func Dot()
TEXT ·Dot(SB), NOSPLIT, $0-0
	LONG $0x5c6ae2c4; BYTE $0xc1 // tdpbf16ps %tmm2,%tmm1,%tmm0
	RET

// func Add(x, y uint64) (sum, flags uint64)
TEXT ·Add(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), AX
	MOVQ y+8(FP), CX
	ADDQ CX, AX
	PUSHFQ
	POPQ CX
	MOVQ AX, sum+16(FP)
	MOVQ CX, flags+24(FP)
	RET

// func Decrement(x uint64) (less, carried, flags uint64)
TEXT ·Decrement(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), AX
	STC
	DECQ AX
	PUSHFQ
	POPQ CX
	MOVQ AX, less+8(FP)
	MOVQ CX, carried+16(FP)
	MOVQ x+0(FP), AX
	CLC
	DECQ AX
	PUSHFQ
	POPQ CX
	MOVQ CX, flags+24(FP)
	RET
