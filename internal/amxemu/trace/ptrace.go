//go:build linux && amd64

package trace

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/stillfield/stillfield/internal/amxemu"
)

// ptrace makes a request that package syscall has no function for.
func ptrace(request, tid int, address, data uintptr) error {
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(tid), address, data, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// resume lets a stopped thread go on, with a signal unless that is 0. A thread that was killed
// meanwhile is not there any more, which its wait status will say.
func resume(tid int, s syscall.Signal) error {
	if err := syscall.PtraceCont(tid, int(s)); err != nil && err != syscall.ESRCH {
		return fmt.Errorf("ptrace: resuming thread %d: %w", tid, err)
	}
	return nil
}

// quietChildren has the system send this process no SIGCHLD for a stopped child, of which there are many
// and all are waited for.
func quietChildren() error {
	action := struct{ handler, flags, restorer, mask uintptr }{flags: 1} // the default, SA_NOCLDSTOP
	_, _, e := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD),
		uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	if e != 0 {
		return fmt.Errorf("trace: rt_sigaction of SIGCHLD: %w", e)
	}
	return nil
}

// memory is that of a process.
type memory int

var _ amxemu.Memory = memory(0)

// rows are where each row lies in the process.
func rows(size, count int, address, stride uint64) []unix.RemoteIovec {
	v := make([]unix.RemoteIovec, count)
	for i := range v {
		v[i] = unix.RemoteIovec{Base: uintptr(address + uint64(i)*stride), Len: size / count}
	}
	return v
}

// done tells which row a transfer of n bytes stopped at.
func done(n int, err error, at []unix.RemoteIovec) error {
	for _, v := range at {
		if n -= v.Len; n < 0 {
			return &amxemu.Fault{Address: uint64(v.Base), Err: err}
		}
	}
	return nil
}

// Read reads rows that lie stride bytes apart.
func (m memory) Read(b []byte, count int, address, stride uint64) error {
	at := rows(len(b), count, address, stride)
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	n, err := unix.ProcessVMReadv(int(m), local, at, 0)
	return done(max(n, 0), err, at)
}

// Write writes rows that lie stride bytes apart.
func (m memory) Write(b []byte, count int, address, stride uint64) error {
	at := rows(len(b), count, address, stride)
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	n, err := unix.ProcessVMWritev(int(m), local, at, 0)
	return done(max(n, 0), err, at)
}

// word reads 64 bits of the process.
func (m memory) word(address uint64) (uint64, error) {
	var b [8]byte
	err := m.Read(b[:], 1, address, 0)
	return binary.LittleEndian.Uint64(b[:]), err
}

// overwrite writes to memory that the process itself may not write: its text.
func (m memory) overwrite(b []byte, address uint64) error {
	fd, err := syscall.Open(fmt.Sprintf("/proc/%d/mem", int(m)), syscall.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("trace: memory of process %d: %w", int(m), err)
	}
	defer syscall.Close(fd)
	if _, err := syscall.Pwrite(fd, b, int64(address)); err != nil {
		return fmt.Errorf("trace: writing the text of process %d at %#x: %w", int(m), address, err)
	}
	return nil
}

// signalInfo is what a thread is told of a signal: siginfo_t, of which the number, the code and the address
// are at 0, 8 and 16.
type signalInfo [128]byte

func (s *signalInfo) code() int32     { return int32(binary.LittleEndian.Uint32(s[8:])) }
func (s *signalInfo) address() uint64 { return binary.LittleEndian.Uint64(s[16:]) }

// info reads what the stopped thread is about to be told.
func info(tid int) (s signalInfo, err error) {
	err = ptrace(syscall.PTRACE_GETSIGINFO, tid, 0, uintptr(unsafe.Pointer(&s)))
	return s, err
}

// tell makes the signal that the thread is about to get another one.
func tell(tid int, s syscall.Signal, code int32, address uint64) error {
	var v signalInfo
	binary.LittleEndian.PutUint32(v[0:], uint32(s))
	binary.LittleEndian.PutUint32(v[8:], uint32(code))
	binary.LittleEndian.PutUint64(v[16:], address)
	return ptrace(syscall.PTRACE_SETSIGINFO, tid, 0, uintptr(unsafe.Pointer(&v)))
}

// debugRegister is the offset of the first debug register in struct user, and the control register is
// the eighth. Bit 0 of that makes the first one a breakpoint at an instruction.
const debugRegister, debugControl = 848, 848 + 7*8

// breakAt stops the thread before it executes the instruction at address; 0 ends that.
func breakAt(tid int, address uint64) error {
	if address == 0 {
		return ptrace(syscall.PTRACE_POKEUSR, tid, debugControl, 0)
	}
	if err := ptrace(syscall.PTRACE_POKEUSR, tid, debugRegister, uintptr(address)); err != nil {
		return err
	}
	return ptrace(syscall.PTRACE_POKEUSR, tid, debugControl, 1)
}
