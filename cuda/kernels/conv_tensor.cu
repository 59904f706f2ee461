// The convolutions of conv.cu on tensor cores: the same contract and parameters,
// operands rounded to bfloat16 or TF32. 128×64 tiles of eight warps.
#include "tensor.cuh"
#include "convolution.cuh"

CONVOLUTIONS(bf16, contract_bf16, 256, (128, 64, 32, 32))
CONVOLUTIONS(tf32, contract_tf32, 256, (128, 64, 32, 32))
