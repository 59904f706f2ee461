//go:build !linux

package emu

// thinMemory is n bytes of zeros, all of which are taken here.
func thinMemory(n uint64) []byte { return make([]byte, n) }

// freeThin leaves the memory to the collector.
func freeThin([]byte) {}
