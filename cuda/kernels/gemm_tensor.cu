// Matrix products on tensor cores: the contract and the parameters of gemm.cu,
// with the operands rounded to bfloat16 or TF32. nn, nt, tn, tt: whether A and B
// are stored transposed. 128×128 tiles of eight warps for large C, 64×64 tiles of
// four warps (small) else, and wherever A or B is not 16-byte aligned with rows
// of 4·j floats; step is a multiple of 32. What is bfloat16 in memory: B (copy),
// A (left), or both (both). It is 16-byte aligned with rows of 8·j numbers; B may
// also be 4-byte aligned with rows of 2·j for the small tile.
#include "tensor.cuh"

#define GEMM(NAME, TYPE_A, TYPE_B, CORE, WIDE, TA, TB, BM, BN, WM, WN)                                       \
    KERNEL((BM / WM) * (BN / WN) * 32)                                                                       \
    NAME(float *C, const TYPE_A *A, const TYPE_B *B, const float *bias, float *sum, const float *addend,     \
         int how, int M, int N, int K, int slices, int step) {                                               \
        const int z = blockIdx.z / slices, k0 = (blockIdx.z - z * slices) * step;                            \
        A += (size_t)z * M * K;                                                                              \
        B += (size_t)z * N * K;                                                                              \
        using SA = Dense<!TA, WIDE || sizeof(TYPE_A) == 2, TYPE_A>;                                          \
        using SB = Dense<TB, WIDE || (TA && sizeof(TYPE_B) == 2), TYPE_B>;                                   \
        CORE<BM, BN, WM, WN>(SA::make(A, TA ? M : K, TA ? K : M, TA ? M : K),                                \
                             SB::make(B, TB ? K : N, TB ? N : K, TB ? K : N),                                \
                             Target::make(C, bias, sum, addend, how, M, N, blockIdx.z), blockIdx.x * BM,     \
                             blockIdx.y * BN, k0, min_i(K, k0 + step));                                      \
    }

// Tiles of A as it is stored, and of A stored transposed.
#define LARGE(TYPE, A, B, CORE)                                                                              \
    GEMM(gemm_##TYPE##_nn, A, B, CORE, true, false, false, 128, 128, 64, 32)                                 \
    GEMM(gemm_##TYPE##_nt, A, B, CORE, true, false, true, 128, 128, 64, 32)
#define SMALL(TYPE, A, B, CORE)                                                                              \
    GEMM(gemm_##TYPE##_nn_small, A, B, CORE, false, false, false, 64, 64, 32, 32)                            \
    GEMM(gemm_##TYPE##_nt_small, A, B, CORE, false, false, true, 64, 64, 32, 32)
#define LARGE_T(TYPE, A, B, CORE) GEMM(gemm_##TYPE##_tn, A, B, CORE, true, true, false, 128, 128, 64, 32)
#define SMALL_T(TYPE, A, B, CORE)                                                                            \
    GEMM(gemm_##TYPE##_tn_small, A, B, CORE, false, true, false, 64, 64, 32, 32)                             \
    GEMM(gemm_##TYPE##_tt_small, A, B, CORE, false, true, true, 64, 64, 32, 32)

LARGE(bf16, float, float, contract_bf16)
SMALL(bf16, float, float, contract_bf16)
LARGE_T(bf16, float, float, contract_bf16)
SMALL_T(bf16, float, float, contract_bf16)
LARGE(bf16_copy, float, u16, contract_bf16)
SMALL(bf16_copy, float, u16, contract_bf16)
LARGE_T(bf16_copy, float, u16, contract_bf16)
SMALL_T(bf16_copy, float, u16, contract_bf16)
LARGE(bf16_left, u16, float, contract_bf16)
SMALL(bf16_left, u16, float, contract_bf16)
LARGE_T(bf16_left, u16, float, contract_bf16)
SMALL_T(bf16_left, u16, float, contract_bf16)
LARGE(bf16_both, u16, u16, contract_bf16)
SMALL(bf16_both, u16, u16, contract_bf16)
LARGE_T(bf16_both, u16, u16, contract_bf16)
SMALL_T(bf16_both, u16, u16, contract_bf16)

LARGE(tf32, float, float, contract_tf32)
SMALL(tf32, float, float, contract_tf32)
LARGE_T(tf32, float, float, contract_tf32)
SMALL_T(tf32, float, float, contract_tf32)
