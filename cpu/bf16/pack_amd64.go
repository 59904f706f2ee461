package bf16

// packerOf is PackerOf: AMX and AVX512-BF16 have the instructions of AVX512-BF16 that round.
func packerOf(f Form) *Packer {
	switch f {
	case Dot, AMX:
		return &Packer{
			round: vectorFunc{32, round512}, settle: vectorFunc{8, settle256},
			couple: pairFunc{16, couple512}, join: pairFunc{16, join512},
		}
	case AVX2, AVX512:
		return &Packer{
			round: vectorFunc{16, round256}, settle: vectorFunc{8, settle256},
			couple: pairFunc{8, couple256}, join: pairFunc{8, join256},
		}
	}
	return &Packer{}
}
