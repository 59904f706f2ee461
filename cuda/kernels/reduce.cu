// Sums in an order that the shapes fix. Long sums are cut into slices of step
// terms, whose partial sums a second launch of the same kernel adds.
#include "dev.cuh"

// y[r, z] = Σ x[r, i] over slice z: i from z·step to (z+1)·step below width.
// Reads 4 bytes per term. A block has a row's slice. grid: x rows, y slices.
KERNEL(256) sum_rows_f32(float *y, const float *x, int width, int step) {
    __shared__ float red[32];
    const int end = min_i(width, (blockIdx.y + 1) * step);
    const float *p = x + (size_t)blockIdx.x * width;
    float sum = 0.0f;
    for (int i = blockIdx.y * step + threadIdx.x; i < end; i += blockDim.x) sum += p[i];
    sum = block_sum(sum, red);
    if (threadIdx.x == 0) y[(size_t)blockIdx.x * gridDim.y + blockIdx.y] = sum;
}

// y[r, z] = Σ a[r, i]·b[r, i] over slice z. Reads 8 bytes per term.
KERNEL(256) dot_rows_f32(float *y, const float *a, const float *b, int width, int step) {
    __shared__ float red[32];
    const int end = min_i(width, (blockIdx.y + 1) * step);
    const float *p = a + (size_t)blockIdx.x * width, *q = b + (size_t)blockIdx.x * width;
    float sum = 0.0f;
    for (int i = blockIdx.y * step + threadIdx.x; i < end; i += blockDim.x) sum = fmaf(p[i], q[i], sum);
    sum = block_sum(sum, red);
    if (threadIdx.x == 0) y[(size_t)blockIdx.x * gridDim.y + blockIdx.y] = sum;
}

// y[o, z, i] = Σ x[o, m, i] over slice z of m. 256 threads are 8 rows of 32
// neighbouring columns, so every 128-byte line is read once, whole. x may be
// bfloat16 in memory (half). grid: x
// outer·⌈inner/32⌉, y slices.
KERNEL(256) sum_cols_f32(float *y, const float *x, int mid, int inner, int step, int half) {
    __shared__ float part[8][32];
    const int tiles = (inner + 31) / 32, o = blockIdx.x / tiles;
    const int tx = threadIdx.x & 31, ty = threadIdx.x >> 5, i = (blockIdx.x - o * tiles) * 32 + tx;
    const int end = min_i(mid, (blockIdx.y + 1) * step);
    const size_t at = (size_t)o * mid * inner + i;
    const float *p = x + at;
    const u16 *q = (const u16 *)x + at;
    float sum = 0.0f;
    if (i < inner && half)
        for (int m = blockIdx.y * step + ty; m < end; m += 8) sum += widen(q[(size_t)m * inner]);
    else if (i < inner)
        for (int m = blockIdx.y * step + ty; m < end; m += 8) sum += p[(size_t)m * inner];
    part[ty][tx] = sum;
    __syncthreads();
    if (ty != 0 || i >= inner) return;
#pragma unroll
    for (int r = 1; r < 8; r++) sum += part[r][tx];
    y[((size_t)o * gridDim.y + blockIdx.y) * inner + i] = sum;
}

// first[block] = the least i below n at which x is not finite, else 2³² − 1. x is
// rows of width elements, pitch apart, in bfloat16 if half. Reads 4 or 2 bytes per
// element, grid-stride; the host takes the least.
KERNEL(256) finite_f32(u32 *first, const float *x, u32 n, u32 width, u32 pitch, u32 half) {
    __shared__ u32 red[8];
    u32 bad = 0xffffffffu;
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        const u32 r = i / width;
        const size_t e = (size_t)r * pitch + (i - r * width);
        const u32 bits = half ? (u32)((const u16 *)x)[e] << 16 : __float_as_uint(x[e]);
        if (bad > i && (bits & 0x7f800000u) == 0x7f800000u) bad = i;
    }
#pragma unroll
    for (int o = 16; o > 0; o >>= 1) {
        const u32 other = __shfl_xor_sync(ALL_LANES, bad, o);
        bad = other < bad ? other : bad;
    }
    if ((threadIdx.x & 31) == 0) red[threadIdx.x >> 5] = bad;
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (u32 w = 1; w < blockDim.x / 32; w++) bad = red[w] < bad ? red[w] : bad;
    first[blockIdx.x] = bad;
}
