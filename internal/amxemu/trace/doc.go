// Package trace runs a program on the tile instructions of package amxemu: as if the machine had Intel
// AMX, whatever it has. It is for tests on Linux and amd64, of programs in Go.
//
// The program runs natively under ptrace. A tile instruction is undefined to a processor without AMX:
// the system would send SIGILL, which the tracer sees first. It decodes the instruction, executes it
// with the thread's own tile state on the program's registers and memory, and lets the thread go on
// behind it. What does not execute — no tile configured, shapes that disagree, a configuration that is
// not allowed, memory that is not there, use without permission — reaches the program as the signal that
// Linux sends, and standard error says why. All other signals pass through.
//
// So that a program finds AMX by itself, its functions named cpuid and xgetbv have their one instruction
// replaced by an undefined one when the program begins, and the tracer answers it; and a seccomp filter
// shows the tracer arch_prctl's requests for permission, which it answers as Linux 6.18 does, refusals for
// small signal stacks included. No switch in the program is needed, and none exists.
//
// Tiles are the thread's. A kernel must not keep them from one call to the next, for the goroutine may be
// on another thread by then. The tracer watches, with a breakpoint in a debug register, for the return from
// the function that executed LDTILECFG: when tiles are still configured then, they are lost (or changed, see
// Options.Stale), and the program is said to be wrong by the tracer's exit status.
//
// What this cannot show: time; alignment and the cache; the frame with tile data that the system
// puts on a signal stack, and so AT_MINSIGSTKSZ; tiles used by a signal handler; a processor's own errata.
package trace
