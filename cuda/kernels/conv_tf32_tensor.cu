// The convolutions of conv.cu on tensor cores, operands rounded to TF32, in the
// tiles of conv_bf16_tensor.cu.
#include "tensor.cuh"
#include "convolution.cuh"

CONVOLUTIONS(tf32, float, float, contract_tf32, Target, (256), 64, (128, 64, 32, 32))
CONVOLUTIONS(tf32_128, float, float, contract_tf32, Target, (256), 128, (128, 128, 64, 32))
CONVOLUTIONS(tf32_32, float, float, contract_tf32, Target, (128), 32, (128, 32, 32, 32))

FILTER_GRADIENT(tf32, float, float, contract_tf32, Target, (256), 64, (128, 64, 32, 32))
FILTER_GRADIENT(tf32_128, float, float, contract_tf32, Target, (256), 128, (128, 128, 64, 32))
FILTER_GRADIENT(tf32_32, float, float, contract_tf32, Target, (128), 32, (128, 32, 32, 32))
