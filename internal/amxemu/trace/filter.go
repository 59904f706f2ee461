//go:build linux && amd64

package trace

import (
	"encoding/binary"
	"fmt"
	"syscall"
)

// The numbers of Linux that package syscall lacks.
const (
	seccompCall       = 317
	filterMode        = 1 // SECCOMP_SET_MODE_FILTER
	noNewPrivileges   = 38
	archAMD64         = 0xc000003e
	permitted         = 0x7fff0000 // SECCOMP_RET_ALLOW
	traced            = 0x7ff00000 // SECCOMP_RET_TRACE
	getSupported      = 0x1021     // the codes of arch_prctl
	getPermission     = 0x1022
	requestPermission = 0x1023
	lastPermission    = 0x1025 // with those for guests
	readCounters      = 0x616d7830
)

// An instruction of a seccomp filter.
type filterStep struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

// What the steps do: load a word of the call, compare, return.
const (
	load, equal, atLeast, give = 0x20, 0x15, 0x35, 0x06
	numberAt, archAt, firstAt  = 0, 4, 16
)

// shown is a filter that shows the tracer sigaltstack and the calls of arch_prctl that concern tiles or
// come from Counts. All others run untouched, at full speed.
var shown = []filterStep{
	{load, 0, 0, archAt},
	{equal, 0, 8, archAMD64},
	{load, 0, 0, numberAt},
	{equal, 5, 0, syscall.SYS_SIGALTSTACK},
	{equal, 0, 5, syscall.SYS_ARCH_PRCTL},
	{load, 0, 0, firstAt},
	{equal, 2, 0, readCounters},
	{atLeast, 0, 2, getSupported},
	{atLeast, 1, 0, lastPermission + 1},
	{give, 0, 0, traced},
	{give, 0, 0, permitted},
}

// install gives the filter to a program that has not begun. It borrows the text at which the program
// stands: a system call instruction, the filter's description and its steps are written there, the thread
// executes the instruction twice, and text and registers are put back.
func install(pid int) error {
	var was syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &was); err != nil {
		return fmt.Errorf("trace: registers of process %d: %w", pid, err)
	}
	blob := []byte{0x0f, 0x05, 0, 0, 0, 0, 0, 0} // SYSCALL
	blob = binary.LittleEndian.AppendUint64(blob, uint64(len(shown)))
	blob = binary.LittleEndian.AppendUint64(blob, was.Rip+24)
	for _, s := range shown {
		blob = binary.LittleEndian.AppendUint16(blob, s.code)
		blob = append(blob, s.jt, s.jf)
		blob = binary.LittleEndian.AppendUint32(blob, s.k)
	}
	text := make([]byte, len(blob))
	m := memory(pid)
	if err := m.Read(text, 1, was.Rip, 0); err != nil {
		return fmt.Errorf("trace: text of process %d: %w", pid, err)
	}
	if err := m.overwrite(blob, was.Rip); err != nil {
		return err
	}
	for _, call := range [][6]uint64{
		{syscall.SYS_PRCTL, noNewPrivileges, 1, 0, 0, 0},
		{seccompCall, filterMode, 0, was.Rip + 8, 0, 0},
	} {
		if err := inject(pid, was, call); err != nil {
			return err
		}
	}
	if err := m.overwrite(text, was.Rip); err != nil {
		return err
	}
	return syscall.PtraceSetRegs(pid, &was)
}

// inject makes the process do a system call: number and arguments, with the registers otherwise as in r.
func inject(pid int, r syscall.PtraceRegs, call [6]uint64) error {
	r.Rax, r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8 = call[0], call[1], call[2], call[3], call[4], call[5]
	r.Orig_rax = ^uint64(0)
	if err := syscall.PtraceSetRegs(pid, &r); err != nil {
		return fmt.Errorf("trace: registers of process %d: %w", pid, err)
	}
	if err := syscall.PtraceSingleStep(pid); err != nil {
		return fmt.Errorf("trace: a step of process %d: %w", pid, err)
	}
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &ws, syscall.WALL, nil); err != nil || !ws.Stopped() {
		return fmt.Errorf("trace: process %d did not stop after a step: %#x, %w", pid, uint32(ws), err)
	}
	if err := syscall.PtraceGetRegs(pid, &r); err != nil {
		return fmt.Errorf("trace: registers of process %d: %w", pid, err)
	}
	if int64(r.Rax) < 0 {
		e := syscall.Errno(-int64(r.Rax))
		return fmt.Errorf("trace: system call %d in process %d: %w", call[0], pid, e)
	}
	return nil
}
