// The convolutions of conv.cu on tensor cores: the same contract and parameters,
// operands rounded to bfloat16 or TF32. 128×64 tiles of eight warps, or 128×128
// (_128) where the columns fill them: a third fewer instructions for each mma.
// bf16_copy: the filter is bfloat16 in memory.
#include "tensor.cuh"
#include "convolution.cuh"

CONVOLUTIONS(bf16, float, contract_bf16, 256, 64, (128, 64, 32, 32))
CONVOLUTIONS(bf16_copy, u16, contract_bf16, 256, 64, (128, 64, 32, 32))
CONVOLUTIONS(tf32, float, contract_tf32, 256, 64, (128, 64, 32, 32))
CONVOLUTIONS(bf16_128, float, contract_bf16, 256, 128, (128, 128, 64, 32))
CONVOLUTIONS(bf16_copy_128, u16, contract_bf16, 256, 128, (128, 128, 64, 32))
CONVOLUTIONS(tf32_128, float, contract_tf32, 256, 128, (128, 128, 64, 32))

FILTER_GRADIENT(bf16, contract_bf16, 256, 64, (128, 64, 32, 32))
FILTER_GRADIENT(tf32, contract_tf32, 256, 64, (128, 64, 32, 32))
FILTER_GRADIENT(bf16_128, contract_bf16, 256, 128, (128, 128, 64, 32))
FILTER_GRADIENT(tf32_128, contract_tf32, 256, 128, (128, 128, 64, 32))
