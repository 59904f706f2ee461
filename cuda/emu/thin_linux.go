package emu

import "syscall"

// thinMemory is n bytes of zeros of which the machine provides those that are touched, or nil:
// a survey of a plan of hundreds of gigabytes touches some megabytes.
func thinMemory(n uint64) []byte {
	b, err := syscall.Mmap(-1, 0, int(n), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	return b
}

// freeThin gives thin memory back.
func freeThin(b []byte) { _ = syscall.Munmap(b) }
