package kernels

// haveAssembly says whether there is assembly for this architecture.
const haveAssembly = true

// cpuid runs the CPUID instruction.
//
//go:noescape
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

// pause runs two PAUSE instructions, which tell the core that this is a loop that waits.
// They take some 50 ns.
//
//go:noescape
func pause()

// cpuidCaches reads the sizes of the caches from CPUID's leaf of cache parameters: 4 on
// Intel, 0x8000001D on AMD. A level that it does not name is 0.
func cpuidCaches() Cache {
	var c Cache
	leaf := uint32(4)
	if _, ebx, _, _ := cpuid(0, 0); ebx == 0x68747541 { // "Auth"enticAMD
		if top, _, _, _ := cpuid(0x80000000, 0); top < 0x8000001D {
			return c
		}
		leaf = 0x8000001D
	} else if top, _, _, _ := cpuid(0, 0); top < 4 {
		return c
	}
	for sub := uint32(0); sub < 8; sub++ {
		eax, ebx, ecx, _ := cpuid(leaf, sub)
		kind := eax & 31 // 1 data, 2 instruction, 3 unified
		if kind == 0 {
			break
		}
		if kind == 2 {
			continue
		}
		ways, parts, line, sets := ebx>>22+1, ebx>>12&0x3ff+1, ebx&0xfff+1, ecx+1
		c.set(int(eax>>5&7), int(ways)*int(parts)*int(line)*int(sets))
	}
	return c
}
