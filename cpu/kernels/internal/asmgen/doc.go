// Command asmgen writes the Plan 9 assembly of package kernels for amd64, and the Go declarations that go
// with it. Run it with
//
//	go generate ./cpu/kernels
//
// and commit what it writes; a test of this package fails as long as a committed file is another.
//
// Every kernel is written once, for both instruction sets: AVX-512, whose vectors are registers Z0 to Z31
// of 16 float32, and AVX2 with FMA, whose vectors are Y0 to Y15 of 8. A kernel does the float32 operations
// of its Go form (vecmath_go.go, norm_go.go, …) in the same order, so that all forms agree to the bit.
//
// A [function] collects the instructions of one kernel and checks each: that the instruction exists in the
// set, that it has as many operands as it takes, that its registers exist, and that its jumps lead to
// labels. The first fault is kept and stops the generation.
//
// What is left after the last whole vector, the tail, is read and written under a mask, in K1 with AVX-512
// and in Y15 with AVX2: lanes beyond the end are read as zeros and not written.
package main
