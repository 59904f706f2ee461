// Matrix products on tensor cores: the contract and the parameters of gemm.cu,
// with the operands rounded to bfloat16 or TF32. nn, nt, tn, tt: whether A and B
// are stored transposed. 128×128 tiles of eight warps for large C, 64×64 tiles of
// four warps (small) else, and wherever A or B is not
// 16-byte aligned with rows of 4·j floats; step is a multiple of 32.
#include "tensor.cuh"

#define GEMM(NAME, CORE, WIDE, TA, TB, BM, BN, WM, WN)                                                       \
    KERNEL((BM / WM) * (BN / WN) * 32)                                                                       \
    NAME(float *C, const float *A, const float *B, const float *bias, float *sum, const float *addend,       \
         int silu, int M, int N, int K, int slices, int step) {                                              \
        const int z = blockIdx.z / slices, k0 = (blockIdx.z - z * slices) * step;                            \
        A += (size_t)z * M * K;                                                                              \
        B += (size_t)z * N * K;                                                                              \
        CORE<BM, BN, WM, WN>(TA ? Dense<!TA, WIDE>::make(A, M, K, M) : Dense<!TA, WIDE>::make(A, K, M, K),   \
                             TB ? Dense<TB, WIDE>::make(B, K, N, K) : Dense<TB, WIDE>::make(B, N, K, N),     \
                             Target::make(C, bias, sum, addend, silu, M, N, blockIdx.z), blockIdx.x * BM,    \
                             blockIdx.y * BN, k0, min_i(K, k0 + step));                                      \
    }

#define GEMMS(TYPE, CORE)                                                                                    \
    GEMM(gemm_##TYPE##_nn, CORE, true, false, false, 128, 128, 64, 32)                                       \
    GEMM(gemm_##TYPE##_nt, CORE, true, false, true, 128, 128, 64, 32)                                        \
    GEMM(gemm_##TYPE##_tn, CORE, true, true, false, 128, 128, 64, 32)                                        \
    GEMM(gemm_##TYPE##_nn_small, CORE, false, false, false, 64, 64, 32, 32)                                  \
    GEMM(gemm_##TYPE##_nt_small, CORE, false, false, true, 64, 64, 32, 32)                                   \
    GEMM(gemm_##TYPE##_tn_small, CORE, false, true, false, 64, 64, 32, 32)                                   \
    GEMM(gemm_##TYPE##_tt_small, CORE, false, true, true, 64, 64, 32, 32)

GEMMS(bf16, contract_bf16)
GEMMS(tf32, contract_tf32)
