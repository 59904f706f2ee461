// Package tilecall is instructions one by one, as calls: those on tiles, where tiles 0, 1 and 2 are C, A
// and B of a product. It is for tests that compare the emulator with a processor, or that prove what the
// emulator catches. A goroutine that keeps tiles from one call to the next is locked to its thread; any
// other use is a mistake, for the goroutine may be on another thread by then.
package tilecall

import "unsafe"

// LoadConfig is LDTILECFG.
//
//go:noescape
func LoadConfig(c *[64]byte)

// StoreConfig is STTILECFG.
//
//go:noescape
func StoreConfig(c *[64]byte)

// Release is TILERELEASE.
func Release()

// Zero is TILEZERO of C.
func Zero()

// LoadC is TILELOADD of C, from rows that are stride bytes apart.
//
//go:noescape
func LoadC(p unsafe.Pointer, stride uint64)

// LoadA is TILELOADD of A.
//
//go:noescape
func LoadA(p unsafe.Pointer, stride uint64)

// LoadB is TILELOADDT1 of B.
//
//go:noescape
func LoadB(p unsafe.Pointer, stride uint64)

// StoreC is TILESTORED of C.
//
//go:noescape
func StoreC(p unsafe.Pointer, stride uint64)

// Dot is TDPBF16PS: C += A·B.
func Dot()

// Add is ADD, and the flags after it.
func Add(x, y uint64) (sum, flags uint64)

// Decrement is DEC, and the flags after it where the carry was set before, and where it was not.
func Decrement(x uint64) (less, carried, flags uint64)
