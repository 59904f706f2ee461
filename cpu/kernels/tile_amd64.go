package kernels

// avx2Arch is the micro-kernels of level AVX2.
var avx2Arch = &arch{
	level: AVX2, mr: 6, nr: 16,
	forms: []form{
		{width: 8, masked: true, kernels: tile256x8e},
		{width: 16, kernels: tile256x16},
		{width: 16, masked: true, kernels: tile256x16e},
	},
	wide:     &form{width: 32, kernels: tile256x32},
	packWide: 8, packRows: pack256,
}

// avx512Arch is the micro-kernels of level AVX512.
var avx512Arch = &arch{
	level: AVX512, mr: 12, nr: 32,
	forms: []form{
		{width: 16, masked: true, kernels: tile512x16},
		{width: 32, masked: true, kernels: tile512x32},
	},
	wide:     &form{width: 128, kernels: tile512x128},
	packWide: 16, packRows: pack512,
}

// archOf returns the kernels of a level that Levels lists.
func archOf(l Level) *arch {
	switch l {
	case AVX512:
		return avx512Arch
	case AVX2:
		return avx2Arch
	}
	return goArch
}
