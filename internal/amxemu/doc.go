// Package amxemu does what a processor with Intel AMX does with the tile instructions that bfloat16
// products use, so that the kernels of cpu/kernels can be proved on a machine that has none.
//
// Here are the instructions alone: Decode reads one from its bytes, and Tiles.Execute runs it with
// every check that Intel's Software Developer's Manual lists (volume 2, LDTILECFG to TILEZERO and
// TDPBF16PS; volume 1, chapter 18). Package trace runs a program with them, by ptrace.
//
// # What it does not know
//
// Only LDTILECFG, STTILECFG, TILELOADD, TILELOADDT1, TILESTORED, TILEZERO, TILERELEASE and TDPBF16PS
// are known; any other instruction of AMX is an undefined one. Bytes before the VEX prefix (a segment,
// an address of 32 bits) are not decoded either.
//
// TDPBF16PS follows the manual's pseudo-code: single-precision fused multiply-adds, rounded to nearest
// even, where denormal operands count as zeros and results that are denormal after rounding to 24 bits
// become zeros. This order of adding was found on Sapphire Rapids to the bit, and so was the treatment of
// denormal operands and sums, with random operands. Two things such comparisons hardly meet, and the manual
// leaves them open: the sign and payload of a NaN (here always 0x7fc00000), and results within 2⁻¹⁵⁰ of the
// least normal number, where it matters whether a result is found denormal before it is rounded or after
// (here after, as by the processor's other instructions).
//
// A load or store that meets memory that cannot be accessed stops before it changes anything; the
// processor may have done some rows, which StartRow counts. Speed is not known at all: no figure of time
// taken under the emulator says anything of a processor.
package amxemu
