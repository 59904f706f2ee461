// The convolutions of conv.cu on tensor cores: the same contract and parameters,
// operands rounded to bfloat16. Tiles of 128×64 by eight warps; of 128×128 (_128)
// where the columns fill them, a third fewer instructions for each mma; of 128×32
// (_32) by four where there are no more. What is bfloat16 in memory: the right
// operand (copy), the left one (left) or both (both); the left one has 8·j channels.
// Few filters have to be read as float32, and few gradients of filters are of two
// types: none of those have narrow tiles. Sums are cut alike for all.
#include "tensor.cuh"
#include "convolution.cuh"

#define TILES_64 (256), 64, (128, 64, 32, 32)
#define TILES_128 (256), 128, (128, 128, 64, 32)
#define TILES_32 (128), 32, (128, 32, 32, 32)
#define BOTH_WAYS(...) CONVOLUTIONS(__VA_ARGS__) // once TILES is three arguments
#define FILTERS(...) FILTER_GRADIENT(__VA_ARGS__)

BOTH_WAYS(bf16, float, float, contract_bf16, Target, TILES_64)
BOTH_WAYS(bf16_128, float, float, contract_bf16, Target, TILES_128)
BOTH_WAYS(bf16_copy, float, u16, contract_bf16, Target, TILES_64)
BOTH_WAYS(bf16_copy_128, float, u16, contract_bf16, Target, TILES_128)
BOTH_WAYS(bf16_copy_32, float, u16, contract_bf16, Target, TILES_32)
BOTH_WAYS(bf16_left, u16, float, contract_bf16, Target, TILES_64)
BOTH_WAYS(bf16_left_128, u16, float, contract_bf16, Target, TILES_128)
BOTH_WAYS(bf16_both, u16, u16, contract_bf16, Target, TILES_64)
BOTH_WAYS(bf16_both_128, u16, u16, contract_bf16, Target, TILES_128)
BOTH_WAYS(bf16_both_32, u16, u16, contract_bf16, Target, TILES_32)

FILTERS(bf16, float, float, contract_bf16, Target, TILES_64)
FILTERS(bf16_128, float, float, contract_bf16, Target, TILES_128)
FILTERS(bf16_32, float, float, contract_bf16, Target, TILES_32)
FILTERS(bf16_copy, float, u16, contract_bf16, Target, TILES_64)
FILTERS(bf16_copy_128, float, u16, contract_bf16, Target, TILES_128)
FILTERS(bf16_left, u16, float, contract_bf16, Target, TILES_64)
FILTERS(bf16_left_128, u16, float, contract_bf16, Target, TILES_128)
FILTERS(bf16_both, u16, u16, contract_bf16, Target, TILES_64)
FILTERS(bf16_both_128, u16, u16, contract_bf16, Target, TILES_128)
FILTERS(bf16_both_32, u16, u16, contract_bf16, Target, TILES_32)
