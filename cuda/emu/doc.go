// Package emu runs PTX on the CPU behind the interfaces of package driver: the
// GPU of a machine without one, and a sanitizer for the machine with one.
//
// The PTX that ships is what runs. A module is parsed (package ptx), each kernel is decoded into compact
// instructions bound to Go functions (decode*.go), and warps of 32 lanes execute them in lockstep
// (warp.go). A register is a row of 32 values, a predicate a 32-bit mask, so one instruction is one loop
// over a row.
//
// What loads is written in ptx/syntax.go, form by form; all else is an error that
// names the line, a modifier in the wrong place too. Left out are textures and
// surfaces, clusters and what works across them, bulk copies but from device to shared
// memory, wgmma but for bfloat16, tcgen05, sparse and one-bit products, and what came
// after PTX 8.5.
//
// # Divergence
//
// Lanes that part at a branch meet again at its immediate post-dominator
// (cfg.go), kept on a stack for each warp. Loops, early exits and calls are
// right; the forward progress of Volta between lanes of one warp is not given:
// a lane that spins until another lane of its warp acts spins until
// Options.MaxInstructions ends the launch with a finding. Warps and blocks do
// make progress independently.
//
// # As late as allowed
//
// What CUDA leaves unordered happens as late as it may: work on a stream runs
// when the host synchronises, a copy reads its pinned source then, the bytes of a
// cp.async are visible only after the wait that guarantees them, and a wgmma reads
// its operands and writes its sums at the wait for its group. A program that forgets
// to synchronise therefore fails here every time, and not only in rare runs on a GPU.
// Options.Order and Options.Land choose other orders; a correct kernel gives the same
// answer under all of them.
//
// # Findings
//
// Unless Options.Unchecked is set every access is checked: bounds to the byte,
// alignment, lifetime, initialisation, races in shared memory between barriers,
// races between blocks, barriers and shuffles that lanes missed, streams that
// are not ordered, leaks; of wgmma, registers touched while it runs or with no wgmma.fence
// before, operands with no fence.proxy.async after they were written, and warps of a
// warpgroup that do not do the same; of bulk copies, bytes that the phase of an mbarrier was
// not told of. A *Finding names the kernel, block, thread, the PTX line and the .cu line
// behind it.
//
// An engine that keeps many tensors in one allocation tells the emulator where
// they end, and when their life does, with Context.Confine: each launch is then
// held to the bytes of its own operands.
//
// The checks do not find: a race with one of several streams that read a place, if it is
// not the last that did; a write after another lane's read within a warp; races through
// device memory between warps of one block; races of what a block writes after it has
// released what it wrote before (fences.go).
//
// They refuse some programs that a GPU would run: lanes of a warp that exchange values
// through shared memory without bar.warp.sync, warps that meet at barriers in different
// lines, threads that exit before a barrier of the whole block, asynchronous copies of
// host memory that is not page-locked.
//
// # What it is not
//
// Approximate instructions (ex2, rsqrt, sin, …) are correctly rounded here and
// within a few ulp on hardware. mma sums in float32 one product at a time;
// tensor cores keep a wider sum of a few products and truncate, so results
// differ in the last bits. tf32 operands lose the 13 low bits, as on hardware.
// Where wmma keeps an element in its fragments is open, and not as on hardware.
// Times mean nothing; counts of bytes, sectors, bank conflicts and operations do.
package emu
