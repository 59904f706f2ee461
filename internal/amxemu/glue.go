package amxemu

import (
	"encoding/binary"
	"math/bits"
)

// The bits of the flags register that arithmetic sets: carry, parity, auxiliary carry, zero, sign, overflow.
const (
	carry     = 1 << 0
	parity    = 1 << 2
	auxiliary = 1 << 4
	zero      = 1 << 6
	sign      = 1 << 7
	overflow  = 1 << 11
)

// Glue executes the instruction that code begins with, if it is one of those that loops over tile
// instructions consist of beside these: a prefetch, an addition of a constant to a register of 64 bits, a
// decrement of one, or a jump if not zero. It returns how far on the next instruction is. A processor
// executes them as well as Glue does; they are here for an emulator that is called by every tile
// instruction, to which the loop between two calls is long.
func Glue(code []byte, r *Registers, flags *uint64) (next int64, ok bool) {
	const longest = 9
	if len(code) < longest {
		return 0, false
	}
	if n := prefetch(code); n > 0 {
		return n, true
	}
	switch {
	case code[0] == 0x75: // JNE, 8 bits
		return jump(2, int64(int8(code[1])), *flags), true
	case code[0] == 0x0f && code[1] == 0x85: // JNE, 32 bits
		return jump(6, int64(int32(binary.LittleEndian.Uint32(code[2:]))), *flags), true
	case code[0]&0xfe != 0x48 || code[2] < 0xc0: // of 64 bits, and of a register alone
		return 0, false
	}
	x := &r[code[2]&7|code[0]&1<<3]
	switch operation := code[2] >> 3 & 7; {
	case code[1] == 0x83 && operation == 0: // ADD, 8 bits
		*x = sum(*x, uint64(int8(code[3])), flags)
		return 4, true
	case code[1] == 0x81 && operation == 0: // ADD, 32 bits
		*x = sum(*x, uint64(int32(binary.LittleEndian.Uint32(code[3:]))), flags)
		return 7, true
	case code[1] == 0xff && operation == 1: // DEC, which leaves the carry
		was := *flags & carry
		*x = sum(*x, ^uint64(0), flags)
		// As a sum with −1 it carries where a difference does not borrow, in the fourth bit too.
		*flags = (*flags^auxiliary)&^carry | was
		return 3, true
	}
	return 0, false
}

// prefetch is how long the prefetch is that code begins with, 0 where it is none.
func prefetch(code []byte) int64 {
	at := 0
	if code[0]&0xf0 == 0x40 {
		at = 1
	}
	modrm := code[at+2]
	if code[at] != 0x0f || code[at+1] != 0x18 || modrm>>6 == 3 || modrm&7 == 4 || modrm&0xc7 == 5 {
		return 0
	}
	return int64(at + [...]int{3, 4, 7}[modrm>>6])
}

// jump is how far on the next instruction is after a jump if not zero.
func jump(length, distance int64, flags uint64) int64 {
	if flags&zero != 0 {
		return length
	}
	return length + distance
}

// sum is x + y, with the flags that ADD sets.
func sum(x, y uint64, flags *uint64) uint64 {
	s, c := bits.Add64(x, y, 0)
	f := *flags &^ (carry | parity | auxiliary | zero | sign | overflow)
	f |= c * carry
	if bits.OnesCount8(uint8(s))%2 == 0 {
		f |= parity
	}
	f |= (x ^ y ^ s) & auxiliary
	if s == 0 {
		f |= zero
	}
	f |= s >> 63 * sign
	f |= (x ^ s) & (y ^ s) >> 63 * overflow
	*flags = f
	return s
}
