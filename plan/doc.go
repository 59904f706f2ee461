// Package plan turns a graph of operators into a program that a device can run.
//
// An operator is an Op: a Kind with its attributes, applied to float32 tensors
// in row-major order (images are NHWC). Compile takes the nodes of a graph, as
// package graph hands them over, and returns a Plan: dead code is gone, views
// (reshape, slice, broadcast, transpose) cost nothing where their consumer can
// read them in place, runs of pointwise operators are one Chain, every
// temporary has its place in one arena, and the steps are in a fixed order. A
// Device loads a Plan and gives back a Program; the program is then run as
// often as wanted and allocates nothing after the first time.
//
// The operators are few because they are closed: the derivative of each is made
// of others (package graph has the rules). What each one computes is written
// down, slowly and in float64, in package plan/reference; the suite in
// plan/plantest holds a device to it.
//
// # Storage types
//
// At precision bf16 what contractions read is rounded once, by the step that makes it, and
// lies in memory in two bytes a number. The rules, for every device alike:
//
//   - A temporary is bfloat16 where a contraction (MatMul, Conv, ConvData, ConvFilter,
//     Attention, AttentionGrad) rounds it as an operand, and no other step reads it but a
//     Sum over rows, which is the gradient of a bias, and AttentionGrad's own use of its
//     gradient: these two see the rounded numbers. Everything else is the same to the bit,
//     for a number that is rounded already is rounded to itself.
//   - What a chain makes for two such readers or more, and for others besides, it stores in
//     both types: residual streams stay float32, and contractions read 2 bytes of them. It
//     is not done for fewer readers, where no traffic is saved, nor for an epilogue. What
//     the derivative of an activation wants is float32.
//   - Chains, MatMul, Conv, ConvData, Norm, Attention, AttentionGrad and Gather store
//     bfloat16, and NormGrad its dx; what others make stays float32.
//   - The rows of every such operand, and the heads of attention, which are no wider than
//     128, are whole runs of 16 bytes: vectors, asynchronous copies and tensor maps need
//     no other path.
//
// Inputs, states, outputs, statistics, sums, losses and gradients of weights are float32.
//
// # State
//
// Inputs are written by the host before a run, states live on the device from
// run to run (weights, moments), and outputs are read after it: at once, or sent
// and received later, so that the device need not stand still. Three operators
// write to states: Assign, AdamW and Clip. They run after every other reader
// of the states they change.
//
// # Many processes
//
// AllSum adds up what every process of a group has made: each runs the same plan on its
// own part of a batch. It is done in place, so its sum can begin with the elements that
// are there first, while the others are computed: see [Plan.Buckets].
//
// # Randomness
//
// Uniform and Normal are counters, not streams. Their operand names, for each row
// of the result, which sample draws and for which time: [n, 3] holds the low and
// the high 24 bits of the sample's number and the number of the draw. Element e of
// such a row is Philox4x32-10 of (e/4, sample, draw and purpose) under the seed
// (package plan/philox), so it does not depend on the batch, the place in it, the
// device or the history of the run: rows may be permuted, replaced by others, and
// at different draws.
package plan
