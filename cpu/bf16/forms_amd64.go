package bf16

import "golang.org/x/sys/cpu"

// Forms lists the forms that this machine and operating system run and that pay, the one to use last: the
// definition always; VDPBF16PS on processors of AMD alone, since on Intel's it is slower than float32; AMX
// where the system grants its use, which the first call asks for (see AMXRefused). What
// GODEBUG=cpu.avx512bf16=off or another such switch takes away is not there.
func Forms() []Form {
	fs, x := []Form{Go}, cpu.X86
	if !x.HasAVX2 || !x.HasFMA {
		return fs
	}
	fs = append(fs, AVX2)
	if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL {
		fs = append(fs, AVX512)
		if x.HasAVX512BF16 && isAMD() {
			fs = append(fs, Dot)
		}
	}
	if amx() == nil {
		fs = append(fs, AMX)
	}
	return fs
}

// isAMD says whether the processor is one of AMD.
func isAMD() bool { return vendor() == "AuthenticAMD" }

// vendor is the processor's maker, as CPUID spells it.
func vendor() string {
	_, b, c, d := cpuid(0, 0)
	var s []byte
	for _, r := range []uint32{b, d, c} {
		s = append(s, byte(r), byte(r>>8), byte(r>>16), byte(r>>24))
	}
	return string(s)
}
