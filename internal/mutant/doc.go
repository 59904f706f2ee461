// Package mutant proves that the tests of the kernels can fail.
//
// A test suite that passes says little until one knows what it would not let
// pass. Here a bug is put into a kernel on purpose — a barrier dropped, an index
// off by one, a mask too narrow, a sum cut short — and the suite of devices
// (plan/plantest) is run on the broken kernel, on the emulator. The mutant must be
// caught: by a value outside its bound, or by a finding of the sanitizer, and by
// the one the table expects.
//
// There are three tables. Mutants of the PTX edit the text that ships and need Go
// alone, so they run with the other tests. Mutants of the source edit a .cu or
// .cuh, are compiled as scripts/kernels.sh compiles, and need clang-19; those the
// suite of devices lets pass are put to the tests of package kernels as well.
// Mutants of the host edit the Go that launches kernels, and are put to the tests
// of package cuda:
//
//	scripts/mutants.sh
//
// runs all and prints one line for each mutant: what was done, to which family of
// kernels, and what caught it.
package mutant
