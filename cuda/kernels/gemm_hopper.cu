// Matrix products on Hopper's tensor cores: the contract and the parameters of gemm.cu,
// with A and B bfloat16 in memory, 16-byte aligned with rows of 8·j numbers, and a
// batch, since a block takes tiles in turns. nn, nt, tn, tt: whether A and B are
// stored transposed. Tiles are 128×256, or 128×128; step is a multiple of 64.
#include "hopper.cuh"

template <bool TA, bool TB>
struct Product {
    using A = Dense<!TA, true, u16>;
    using B = Dense<TB, true, u16>;
    const u16 *pa, *pb;
    float *C;
    const float *bias;
    float *sum;
    const float *addend;
    int how, M, N, K;
    MEMBER A a(int z) const {
        return A::make(pa + (size_t)z * M * K, TA ? M : K, TA ? K : M, TA ? M : K);
    }
    MEMBER B b(int z) const {
        return B::make(pb + (size_t)z * N * K, TB ? K : N, TB ? N : K, TB ? K : N);
    }
    MEMBER Target target(int z) const { return Target::make(C, bias, sum, addend, how, M, N, z); }
};

#define GEMM(NAME, TA, TB, BN)                                                                               \
    KERNEL(384, 1)                                                                                           \
    NAME(float *C, const u16 *A, const u16 *B, const float *bias, float *sum, const float *addend, int how,  \
         int M, int N, int K, int batch, int slices, int step) {                                             \
        contract_hopper<BN>(Product<TA, TB>{A, B, C, bias, sum, addend, how, M, N, K}, M, N, K, batch,      \
                            slices, step);                                                                   \
    }

GEMM(gemm_wgmma_nn, false, false, 256)
GEMM(gemm_wgmma_nt, false, true, 256)
GEMM(gemm_wgmma_tn, true, false, 256)
GEMM(gemm_wgmma_tt, true, true, 256)
GEMM(gemm_wgmma_nn_128, false, false, 128)
GEMM(gemm_wgmma_nt_128, false, true, 128)
GEMM(gemm_wgmma_tn_128, true, false, 128)
GEMM(gemm_wgmma_tt_128, true, true, 128)
