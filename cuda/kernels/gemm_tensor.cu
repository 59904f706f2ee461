// Matrix products on tensor cores: the contract and the parameters of gemm.cu,
// with the operands rounded to bfloat16 or TF32. nn, nt, tn, tt: whether A and B
// are stored transposed. 128×128 tiles of eight warps for large C, 64×64 tiles of
// four warps (small) else, and wherever A or B is not 16-byte aligned with rows
// of 4·j floats; step is a multiple of 32. bf16_copy: B is bfloat16 in memory,
// 16-byte aligned with rows of 8·j numbers for the large tile and 4-byte aligned
// with rows of 2·j for the small one.
#include "tensor.cuh"

#define GEMM(NAME, T, CORE, WIDE, TA, TB, BM, BN, WM, WN)                                                    \
    KERNEL((BM / WM) * (BN / WN) * 32)                                                                       \
    NAME(float *C, const float *A, const T *B, const float *bias, float *sum, const float *addend, int silu, \
         int M, int N, int K, int slices, int step) {                                                        \
        const int z = blockIdx.z / slices, k0 = (blockIdx.z - z * slices) * step;                            \
        A += (size_t)z * M * K;                                                                              \
        B += (size_t)z * N * K;                                                                              \
        CORE<BM, BN, WM, WN>(Dense<!TA, WIDE>::make(A, TA ? M : K, TA ? K : M, TA ? M : K),                  \
                             Dense<TB, WIDE, T>::make(B, TB ? K : N, TB ? N : K, TB ? K : N),                \
                             Target::make(C, bias, sum, addend, silu, M, N, blockIdx.z), blockIdx.x * BM,    \
                             blockIdx.y * BN, k0, min_i(K, k0 + step));                                      \
    }

#define GEMMS(TYPE, T, CORE)                                                                                 \
    GEMM(gemm_##TYPE##_nn, T, CORE, true, false, false, 128, 128, 64, 32)                                    \
    GEMM(gemm_##TYPE##_nt, T, CORE, true, false, true, 128, 128, 64, 32)                                     \
    GEMM(gemm_##TYPE##_nn_small, T, CORE, false, false, false, 64, 64, 32, 32)                               \
    GEMM(gemm_##TYPE##_nt_small, T, CORE, false, false, true, 64, 64, 32, 32)
#define GEMMS_T(TYPE, CORE)                                                                                  \
    GEMM(gemm_##TYPE##_tn, float, CORE, true, true, false, 128, 128, 64, 32)                                 \
    GEMM(gemm_##TYPE##_tn_small, float, CORE, false, true, false, 64, 64, 32, 32)                            \
    GEMM(gemm_##TYPE##_tt_small, float, CORE, false, true, true, 64, 64, 32, 32)

GEMMS(bf16, float, contract_bf16)
GEMMS(bf16_copy, u16, contract_bf16)
GEMMS(tf32, float, contract_tf32)
GEMMS_T(bf16, contract_bf16)
GEMMS_T(tf32, contract_tf32)
