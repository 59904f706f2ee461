// Matrix products in float32, for every device. One block for each tile of C.
//
//	C[z] = end(op(A[z])·op(B[z]))      z < batch, [M,K]·[K,N], row-major, dense
//
// end is contract.cuh's Target: a bias, SiLU, another matrix added; sum and
// addend have the shape of C.
//
// 2·M·N·K FLOP; A is read N/BN times and B M/BM times, from L2 mostly. tA,
// tB: whether A and B are stored transposed. The 128×128 tile (8×8 per thread)
// is for large C and wants A and B 16-byte aligned with rows of 4·j floats; the
// 64×64 tile (4×4, small) takes anything.
//
// grid: x tiles of M, y tiles of N, z = batch·slices. Slice s sums k from s·step
// to (s+1)·step, step a multiple of 16, and with slices > 1 C is
// [batch, slices, M, N] for combine_f32.
#include "contract.cuh"

template <bool WIDE, int BM, int BN, int BK, int TM, int TN>
DI void gemm_f32_tile(float *C, const float *A, const float *B, const float *bias, float *sum,
                      const float *addend, int how, int M, int N, int K, bool tA, bool tB, int slices,
                      int step) {
    const int z = blockIdx.z / slices, k0 = (blockIdx.z - z * slices) * step;
    A += (size_t)z * M * K;
    B += (size_t)z * N * K;
    using D = Dense<true, WIDE>;
    const AnyDense<WIDE> a{tA ? D::make(A, M, K, M) : D::make(A, K, M, K), !tA};
    const AnyDense<WIDE> b{tB ? D::make(B, K, N, K) : D::make(B, N, K, N), tB};
    const FloatTarget t = FloatTarget::make(C, bias, sum, addend, how, M, N, blockIdx.z);
    contract_f32<BM, BN, BK, TM, TN>(a, b, t, blockIdx.x * BM, blockIdx.y * BN, k0, min_i(K, k0 + step));
}

KERNEL(256)
gemm_f32(float *C, const float *A, const float *B, const float *bias, float *sum, const float *addend,
         int how, int M, int N, int K, int tA, int tB, int slices, int step) {
    gemm_f32_tile<true, 128, 128, 8, 8, 8>(C, A, B, bias, sum, addend, how, M, N, K, tA, tB, slices, step);
}

KERNEL(256, 4)
gemm_f32_small(float *C, const float *A, const float *B, const float *bias, float *sum, const float *addend,
               int how, int M, int N, int K, int tA, int tB, int slices, int step) {
    gemm_f32_tile<false, 64, 64, 16, 4, 4>(C, A, B, bias, sum, addend, how, M, N, K, tA, tB, slices, step);
}

// y[z, i] = end(Σₛ x[z, s, i]), slices in order, y [batch, size/N, N]: reads
// slices + 1 floats for each it writes. One thread per element, grid-stride;
// i < size, z is blockIdx.y.
KERNEL(256)
combine_f32(float *y, const float *x, const float *bias, float *sum, const float *addend, int how, int size,
            int N, int slices) {
    const float *p = x + (size_t)blockIdx.y * slices * size;
    const Divisor byN = divisor(N);
    const Target t = Target::make(y, bias, sum, addend, how, size / N, N, blockIdx.y);
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < (u32)size; i += gridDim.x * blockDim.x) {
        float s = p[i];
        for (int k = 1; k < slices; k++) s += p[(size_t)k * size + i];
        const u32 row = quotient(i, byN);
        t.put<1>(row, i - row * N, {s});
    }
}
