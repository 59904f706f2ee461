// Package cpu is the CPU device: it runs plans on the cores of this machine.
//
// Load binds every step of a plan to a kernel of package cpu/kernels with its
// operands, cuts and scratch memory settled, so that Run only walks a list of
// jobs. A chain of pointwise operators is compiled once more: its registers
// become places in a block that stays in the first-level cache, arguments that
// lie in order are read where they are, and a result is computed in the place
// where it is stored.
//
// Work is cut by shapes, never by the number of workers, and an element is
// computed by the same operations wherever it lies. So results do not depend on
// the number of workers or on the other samples of a batch, and, by way of
// kernels that are equal at every level, not on the machine.
package cpu
