//go:build linux && amd64

package trace

import (
	"bytes"
	"encoding/binary"
	"syscall"
)

// What Linux 6.18 says on Sapphire Rapids.
const (
	leastStack   = 11952              // AT_MINSIGSTKSZ: a smaller signal stack has no room for tiles
	granted      = 0x2e7 | tileConfig // components that need no request
	supported    = granted | tileData //
	lastFeature  = 19                 // there is no component from here on
	stackOff     = 2                  // SS_DISABLE
	skipped      = ^uint64(0)         // the number of no system call
	notSupported = syscall.EOPNOTSUPP // of components that need no permission
	noRoom       = syscall.ENOSPC     // of a request while a signal stack is too small
	tooSmall     = syscall.ENOMEM     // of such a stack once there is permission
)

// called answers a system call that the filter shows, or lets it run.
func (t *tracer) called(th *thread) error {
	var r syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(th.tid, &r); err != nil {
		return err
	}
	var result syscall.Errno
	switch {
	case r.Orig_rax == syscall.SYS_SIGALTSTACK:
		if result = th.setStack(r.Rdi); result == 0 {
			return nil
		}
	case r.Rdi == requestPermission:
		result = t.request(th, r.Rsi)
	case r.Rdi == getSupported:
		result = th.put(r.Rsi, uint64(supported))
	case r.Rdi == getPermission:
		v := uint64(granted)
		if th.permission {
			v |= tileData
		}
		result = th.put(r.Rsi, v)
	case r.Rdi == readCounters:
		result = th.put(r.Rsi, t.Counters)
	default:
		return nil // for guests
	}
	r.Orig_rax, r.Rax = skipped, uint64(-int64(result))
	return syscall.PtraceSetRegs(th.tid, &r)
}

// put writes a value to the process.
func (th *thread) put(address uint64, v any) syscall.Errno {
	var b bytes.Buffer
	if binary.Write(&b, binary.LittleEndian, v) != nil || th.Write(b.Bytes(), 1, address, 0) != nil {
		return syscall.EFAULT
	}
	return 0
}

// request is ARCH_REQ_XCOMP_PERM. The permission is the process's: of all its threads, those to come too.
func (t *tracer) request(th *thread, feature uint64) syscall.Errno {
	t.Requests++
	switch {
	case feature >= lastFeature:
		return syscall.EINVAL
	case t.Refuse != 0:
		return t.Refuse
	case feature != tileNumber || t.HideState&tileData != 0:
		return notSupported
	}
	for _, other := range t.threads {
		if other.process == th.process && other.stack != 0 && other.stack < leastStack {
			return noRoom
		}
	}
	th.permission = !t.Withhold
	return 0
}

// setStack takes note of a new signal stack, at address; a stack too small for tiles is refused where
// they may be used.
func (th *thread) setStack(address uint64) syscall.Errno {
	var b [24]byte // start, flags, size
	if address == 0 || th.Read(b[:], 1, address, 0) != nil {
		return 0
	}
	size := binary.LittleEndian.Uint64(b[16:])
	if binary.LittleEndian.Uint32(b[8:])&stackOff != 0 {
		size = 0
	}
	if th.permission && size != 0 && size < leastStack {
		return tooSmall
	}
	th.stack = size
	return 0
}
