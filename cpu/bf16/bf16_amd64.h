// The instructions of AVX512-BF16, which Go's assembler lacks, as constant expressions: z, s and d are the
// numbers of vector registers, in Go's order of operands, the destination last. pp is the prefix.
#define EVEX(pp, op, z, s, d) LONG $(0x62|((0xf2^((((d)>>3)&1)<<7)^((((z)>>4)&1)<<6)^((((z)>>3)&1)<<5)^((((d)>>4)&1)<<4))<<8)|(((0x7c|(pp))^(((s)&15)<<3))<<16)|((0x48^(((s)>>4)<<3))<<24)); WORD $((op)|((0xc0|(((d)&7)<<3)|((z)&7))<<8))
#define VDPBF16PS(z, s, d) EVEX(2, 0x52, z, s, d)
#define VCVTNE2PS2BF16(lo, hi, d) EVEX(3, 0x72, lo, hi, d)
#define VCVTNEPS2BF16(z, d) EVEX(2, 0x72, z, 0, d)

// A tile: DX is the *tile; SI, AX and R9 are rows 0, 4 and 8 of A, R8 the stride of its rows and R12 three
// times that; R10 is B; CX counts pairs of k, R13 segments. K1 and K2 are the tile's columns.
#define MASKS MOVQ tile_n(DX), CX; MOVQ $-1, AX; SHLQ CX, AX; NOTQ AX; KMOVW AX, K1; SHRQ $16, AX; KMOVW AX, K2
#define ROWS MOVQ tile_a(DX), SI; MOVQ tile_rowA(DX), R8; MOVQ tile_b(DX), R10; LEAQ (R8)(R8*2), R12; LEAQ (SI)(R8*4), AX; LEAQ (AX)(R8*4), R9
#define GAP MOVQ tile_gapA(DX), DI; ADDQ DI, SI; ADDQ DI, AX; ADDQ DI, R9

// Pairwise: row i of C is Z(2i) and Z(2i+1), B is Z30 and Z31, words of A are Z24 to Z29 in turn.
#define ZERO(a, b) VPXORD a, a, a; VPXORD b, b, b
#define GET(a, b) VMOVUPS.Z (DI), K1, a; VMOVUPS.Z 64(DI), K2, b; ADDQ BX, DI
#define PUT(a, b) VMOVUPS a, K1, (DI); VMOVUPS b, K2, 64(DI); ADDQ BX, DI
#define DOT(m, z, i) VPBROADCASTD m, z; VDPBF16PS(30, 24+(i)%6, 2*(i)); VDPBF16PS(31, 24+(i)%6, 2*(i)+1)
#define EACH1(f) f(Z0, Z1)
#define EACH2(f) EACH1(f); f(Z2, Z3)
#define EACH3(f) EACH2(f); f(Z4, Z5)
#define EACH4(f) EACH3(f); f(Z6, Z7)
#define EACH5(f) EACH4(f); f(Z8, Z9)
#define EACH6(f) EACH5(f); f(Z10, Z11)
#define EACH7(f) EACH6(f); f(Z12, Z13)
#define EACH8(f) EACH7(f); f(Z14, Z15)
#define EACH9(f) EACH8(f); f(Z16, Z17)
#define EACH10(f) EACH9(f); f(Z18, Z19)
#define EACH11(f) EACH10(f); f(Z20, Z21)
#define EACH12(f) EACH11(f); f(Z22, Z23)
#define DOTS1 DOT((SI), Z24, 0)
#define DOTS2 DOTS1; DOT((SI)(R8*1), Z25, 1)
#define DOTS3 DOTS2; DOT((SI)(R8*2), Z26, 2)
#define DOTS4 DOTS3; DOT((SI)(R12*1), Z27, 3)
#define DOTS5 DOTS4; DOT((AX), Z28, 4)
#define DOTS6 DOTS5; DOT((AX)(R8*1), Z29, 5)
#define DOTS7 DOTS6; DOT((AX)(R8*2), Z24, 6)
#define DOTS8 DOTS7; DOT((AX)(R12*1), Z25, 7)
#define DOTS9 DOTS8; DOT((R9), Z26, 8)
#define DOTS10 DOTS9; DOT((R9)(R8*1), Z27, 9)
#define DOTS11 DOTS10; DOT((R9)(R8*2), Z28, 10)
#define DOTS12 DOTS11; DOT((R9)(R12*1), Z29, 11)
#define PAIRWISE(each, dots) MOVQ t+0(FP), DX; MASKS; ROWS; \
	MOVQ tile_init(DX), DI; TESTQ DI, DI; JZ zero; MOVQ tile_rowInit(DX), BX; each(GET); JMP begin; \
zero: each(ZERO); \
begin: MOVQ tile_segments(DX), R13; \
segment: MOVQ tile_pairs(DX), CX; \
pair: VMOVUPS (R10), Z30; VMOVUPS 64(R10), Z31; dots; \
	ADDQ $4, SI; ADDQ $4, AX; ADDQ $4, R9; ADDQ $128, R10; DECQ CX; JNE pair; \
	GAP; DECQ R13; JNE segment; \
	MOVQ tile_c(DX), DI; MOVQ tile_rowC(DX), BX; each(PUT); VZEROUPPER; RET

// The control word of float32 is set to have denormal operands and results count as zero.
#define FLUSH STMXCSR word-8(SP); MOVL word-8(SP), BX; MOVL BX, old-4(SP); ORL $0x8040, BX; MOVL BX, word-8(SP); LDMXCSR word-8(SP)
#define UNFLUSH LDMXCSR old-4(SP); VZEROUPPER; RET

// Even-odd with AVX-512: of row i the even sums are Z(4i) and Z(4i+1), the odd ones Z(4i+2) and Z(4i+3);
// even and odd B are Z24 to Z27, those of A Z28 and Z29; Z31 has ones in the upper half of each word. C is
// added to where it lies, at the end of each step.
#define EO512(m, a, b, c, d) VPBROADCASTD m, Z29; VPSLLD $16, Z29, Z28; VPANDD Z31, Z29, Z29; \
	VFMADD231PS Z24, Z28, a; VFMADD231PS Z25, Z28, b; VFMADD231PS Z26, Z29, c; VFMADD231PS Z27, Z29, d
#define CLEAR512(a, b, c, d) VPXORD a, a, a; VPXORD b, b, b; VPXORD c, c, c; VPXORD d, d, d
#define ADD512(a, b, c, d) VADDPS c, a, a; VADDPS d, b, b; VMOVUPS.Z (DI), K1, Z24; VMOVUPS.Z 64(DI), K2, Z25; \
	VADDPS Z24, a, a; VADDPS Z25, b, b; VMOVUPS a, K1, (DI); VMOVUPS b, K2, 64(DI); ADDQ BX, DI
#define QUAD1(f) f(Z0, Z1, Z2, Z3)
#define QUAD2(f) QUAD1(f); f(Z4, Z5, Z6, Z7)
#define QUAD3(f) QUAD2(f); f(Z8, Z9, Z10, Z11)
#define QUAD4(f) QUAD3(f); f(Z12, Z13, Z14, Z15)
#define QUAD5(f) QUAD4(f); f(Z16, Z17, Z18, Z19)
#define QUAD6(f) QUAD5(f); f(Z20, Z21, Z22, Z23)
#define EOS1 EO512((SI), Z0, Z1, Z2, Z3)
#define EOS2 EOS1; EO512((SI)(R8*1), Z4, Z5, Z6, Z7)
#define EOS3 EOS2; EO512((SI)(R8*2), Z8, Z9, Z10, Z11)
#define EOS4 EOS3; EO512((SI)(R12*1), Z12, Z13, Z14, Z15)
#define EOS5 EOS4; EO512((AX), Z16, Z17, Z18, Z19)
#define EOS6 EOS5; EO512((AX)(R8*1), Z20, Z21, Z22, Z23)
#define EVENODD512(quads, eos) FLUSH; MOVQ t+0(FP), DX; MASKS; ROWS; \
	VPTERNLOGD $0xff, Z31, Z31, Z31; VPSLLD $16, Z31, Z31; MOVQ tile_c(DX), R14; MOVQ tile_rowC(DX), BX; \
	MOVQ tile_segments(DX), R13; \
segment: MOVQ tile_pairs(DX), CX; \
step: quads(CLEAR512); \
pair: VMOVUPS (R10), Z26; VMOVUPS 64(R10), Z27; VPSLLD $16, Z26, Z24; VPSLLD $16, Z27, Z25; \
	VPANDD Z31, Z26, Z26; VPANDD Z31, Z27, Z27; eos; \
	ADDQ $4, SI; ADDQ $4, AX; ADDQ $128, R10; DECQ CX; TESTQ $15, CX; JNE pair; \
	MOVQ R14, DI; quads(ADD512); TESTQ CX, CX; JNE step; \
	GAP; DECQ R13; JNE segment; UNFLUSH

// Even-odd with AVX2, 8 columns of 4 rows: of row i the even sums are Y(2i) and the odd ones Y(2i+1); even
// and odd B are Y8 and Y9, those of A Y10 and Y11; Y15 has ones in the upper half of each word, Y14 is the
// tile's columns.
#define EO256(m, a, b) VPBROADCASTD m, Y11; VPSLLD $16, Y11, Y10; VPAND Y15, Y11, Y11; VFMADD231PS Y8, Y10, a; VFMADD231PS Y9, Y11, b
#define CLEAR256(a, b) VXORPS a, a, a; VXORPS b, b, b
#define ADD256(a, b) VADDPS b, a, a; VMASKMOVPS (DI), Y14, Y8; VADDPS Y8, a, a; VMASKMOVPS a, Y14, (DI); ADDQ BX, DI
#define COUPLE1(f) f(Y0, Y1)
#define COUPLE2(f) COUPLE1(f); f(Y2, Y3)
#define COUPLE3(f) COUPLE2(f); f(Y4, Y5)
#define COUPLE4(f) COUPLE3(f); f(Y6, Y7)
#define EOT1 EO256((SI), Y0, Y1)
#define EOT2 EOT1; EO256((SI)(R8*1), Y2, Y3)
#define EOT3 EOT2; EO256((SI)(R8*2), Y4, Y5)
#define EOT4 EOT3; EO256((SI)(R12*1), Y6, Y7)
#define EVENODD256(couples, eos) FLUSH; MOVQ t+0(FP), DX; ROWS; \
	MOVQ tile_n(DX), CX; NEGQ CX; LEAQ columns<>(SB), DI; LEAQ 32(DI)(CX*4), DI; VMOVUPS (DI), Y14; \
	VPCMPEQD Y15, Y15, Y15; VPSLLD $16, Y15, Y15; MOVQ tile_c(DX), R14; MOVQ tile_rowC(DX), BX; \
	MOVQ tile_segments(DX), R13; \
segment: MOVQ tile_pairs(DX), CX; \
step: couples(CLEAR256); \
pair: VMOVUPS (R10), Y9; VPSLLD $16, Y9, Y8; VPAND Y15, Y9, Y9; eos; \
	ADDQ $4, SI; ADDQ $128, R10; DECQ CX; TESTQ $15, CX; JNE pair; \
	MOVQ R14, DI; couples(ADD256); TESTQ CX, CX; JNE step; \
	ADDQ tile_gapA(DX), SI; DECQ R13; JNE segment; UNFLUSH

// ROUND256 has the upper half of each word of t be that of x rounded to bfloat16; the lower half has no
// meaning. u and w are free; Y10 is 0 and Y11 to Y15 are 1, 0x7fff, 0x7f800000, 0x00400000 and 0x80000000.
#define ROUNDING VPXOR Y10, Y10, Y10; VPBROADCASTD rounding<>+0(SB), Y11; VPBROADCASTD rounding<>+4(SB), Y12; \
	VPBROADCASTD rounding<>+8(SB), Y13; VPBROADCASTD rounding<>+12(SB), Y14; VPBROADCASTD rounding<>+16(SB), Y15
#define ROUND256(x, t, u, w) VPSRLD $16, x, t; VPAND Y11, t, t; VPADDD Y12, t, t; VPADDD x, t, t; \
	VCMPPS $3, x, x, u; VPOR Y14, x, w; VBLENDVPS u, w, t, t; \
	VPAND Y13, x, u; VPCMPEQD Y10, u, u; VPAND Y15, x, w; VBLENDVPS u, w, t, t

// PAIRS512 makes words of pairs of rows, 32 columns at a time: f does it from (SI) and (DX) to (DI), under
// K1 and K2; bytes are what they take in a row.
#define HALVES512(z) VPMOVZXWD Y2, Z2; VPMOVZXWD Y3, Z3; VPSLLD $16, Z3, Z3; VPORD Z3, Z2, z
#define COUPLE512 VMOVUPS.Z (SI), K1, Z0; VMOVUPS.Z (DX), K1, Z1; VCVTNEPS2BF16(0, 2); VCVTNEPS2BF16(1, 3); HALVES512(Z5); \
	VMOVUPS.Z 64(SI), K2, Z0; VMOVUPS.Z 64(DX), K2, Z1; VCVTNEPS2BF16(0, 2); VCVTNEPS2BF16(1, 3); HALVES512(Z6)
#define JOIN512 VMOVDQU16.Z (SI), K3, Z0; VMOVDQU16.Z (DX), K3, Z1; \
	VPMOVZXWD Y0, Z2; VPMOVZXWD Y1, Z3; VPSLLD $16, Z3, Z3; VPORD Z3, Z2, Z5; \
	VEXTRACTI64X4 $1, Z0, Y0; VEXTRACTI64X4 $1, Z1, Y1; \
	VPMOVZXWD Y0, Z2; VPMOVZXWD Y1, Z3; VPSLLD $16, Z3, Z3; VPORD Z3, Z2, Z6
#define ALL512 MOVQ $-1, AX; KMOVD AX, K3; KMOVW AX, K1; KMOVW AX, K2
#define SOME512 MOVQ $-1, AX; SHLQ CX, AX; NOTQ AX; KMOVD AX, K3; KMOVW AX, K1; SHRQ $16, AX; KMOVW AX, K2
#define PAIRS512(pair, loop, tail, next, f, bytes) MOVQ dst+0(FP), R9; MOVQ src+8(FP), R10; MOVQ n+16(FP), BX; \
	MOVQ pairs+24(FP), R8; MOVQ row+32(FP), R11; MOVQ panelStride+48(FP), R12; \
pair: MOVQ R9, DI; MOVQ R10, SI; LEAQ (R10)(R11*1), DX; MOVQ BX, CX; ALL512; SUBQ $32, CX; JLT tail; \
loop: f; VMOVDQU32 Z5, (DI); VMOVDQU32 Z6, 64(DI); ADDQ $bytes, SI; ADDQ $bytes, DX; ADDQ R12, DI; \
	SUBQ $32, CX; JGE loop; \
tail: ADDQ $32, CX; JZ next; SOME512; f; VMOVDQU32 Z5, (DI); VMOVDQU32 Z6, 64(DI); \
next: ADDQ pairStride+40(FP), R9; LEAQ (R10)(R11*2), R10; DECQ R8; JNE pair; VZEROUPPER; RET

// PAIRS256 is PAIRS512, 8 columns at a time.
#define COUPLE256 VMOVUPS (SI), Y0; ROUND256(Y0, Y1, Y2, Y3); VMOVUPS (DX), Y0; ROUND256(Y0, Y4, Y2, Y3); \
	VPSRLD $16, Y1, Y1; VPBLENDW $0xaa, Y4, Y1, Y1
#define JOIN256 VPMOVZXWD (SI), Y1; VPMOVZXWD (DX), Y3; VPSLLD $16, Y3, Y3; VPOR Y3, Y1, Y1
#define PAIRS256(pair, loop, same, f, bytes) MOVQ dst+0(FP), R9; MOVQ src+8(FP), R10; MOVQ n+16(FP), BX; \
	MOVQ pairs+24(FP), R8; MOVQ row+32(FP), R11; MOVQ panelStride+48(FP), R12; SUBQ $128, R12; \
pair: MOVQ R9, DI; MOVQ R10, SI; LEAQ (R10)(R11*1), DX; XORL CX, CX; \
loop: f; VMOVDQU Y1, (DI); ADDQ $bytes, SI; ADDQ $bytes, DX; ADDQ $32, DI; ADDQ $8, CX; \
	TESTQ $31, CX; JNE same; ADDQ R12, DI; \
same: CMPQ CX, BX; JNE loop; \
	ADDQ pairStride+40(FP), R9; LEAQ (R10)(R11*2), R10; DECQ R8; JNE pair; VZEROUPPER; RET
