package bf16

// packerOf is PackerOf: AMX and AVX512-BF16 have the instructions of AVX512-BF16 that round.
func packerOf(f Form) *Packer {
	switch f {
	case Dot, AMX:
		return &Packer{
			round: roundFunc{1, round512}, couple: pairFunc{1, couple512}, join: pairFunc{1, join512},
			settle: settle256,
		}
	case AVX2, AVX512:
		return &Packer{
			round: roundFunc{8, round256}, couple: pairFunc{8, couple256}, join: pairFunc{8, join256},
			settle: settle256,
		}
	}
	return &Packer{}
}
