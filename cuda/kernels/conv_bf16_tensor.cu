// The convolutions of conv.cu on tensor cores: the same contract and parameters,
// operands rounded to bfloat16. Tiles of 128×64 by eight warps; of 128×128 (_128)
// where the columns fill them, a third fewer instructions for each mma; of 128×32
// (_32) by four where there are no more. copy: the filter is bfloat16 in memory;
// few have to be read as float32, and none of those have narrow tiles.
#include "tensor.cuh"
#include "convolution.cuh"

CONVOLUTIONS(bf16, float, contract_bf16, (256), 64, (128, 64, 32, 32))
CONVOLUTIONS(bf16_128, float, contract_bf16, (256), 128, (128, 128, 64, 32))
CONVOLUTIONS(bf16_copy, u16, contract_bf16, (256), 64, (128, 64, 32, 32))
CONVOLUTIONS(bf16_copy_128, u16, contract_bf16, (256), 128, (128, 128, 64, 32))
CONVOLUTIONS(bf16_copy_32, u16, contract_bf16, (128), 32, (128, 32, 32, 32))

FILTER_GRADIENT(bf16, contract_bf16, (256), 64, (128, 64, 32, 32))
FILTER_GRADIENT(bf16_128, contract_bf16, (256), 128, (128, 128, 64, 32))
FILTER_GRADIENT(bf16_32, contract_bf16, (128), 32, (128, 32, 32, 32))
