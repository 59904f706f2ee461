// Compaction of a batch: which samples are still live, and moving their rows
// together and back. Stable and exact: rows keep their order and their bits.
#include "dev.cuh"

// index[0 .. count) = the i with live[i] ≠ 0, in order; count[0] how many. One
// block of 256: each warp's ballot is a prefix sum, 256 flags a round.
KERNEL(256) compact_u32(u32 *index, u32 *count, const float *live, u32 n) {
    __shared__ u32 sums[8];
    const u32 lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    u32 base = 0;
    for (u32 i0 = 0; i0 < n; i0 += 256) {
        const u32 i = i0 + threadIdx.x;
        const bool on = i < n && live[i] != 0.0f;
        const u32 votes = __ballot_sync(ALL_LANES, on);
        if (lane == 0) sums[warp] = __popc(votes);
        __syncthreads();
        u32 before = base, total = 0;
        for (u32 w = 0; w < 8; w++) {
            if (w < warp) before += sums[w];
            total += sums[w];
        }
        if (on) index[before + __popc(votes & ((1u << lane) - 1))] = i;
        base += total;
        __syncthreads();
    }
    if (threadIdx.x == 0) count[0] = base;
}

// y[r] = x[index[r]] for rows r of width floats. 8 bytes per element. grid: x
// rows, y pieces of a row.
KERNEL(256) gather_rows_f32(float *y, const float *x, const u32 *index, int width) {
    const float *from = x + (size_t)index[blockIdx.x] * width;
    float *to = y + (size_t)blockIdx.x * width;
    for (int i = blockIdx.y * 256 + threadIdx.x; i < width; i += gridDim.y * 256) to[i] = from[i];
}

// y[index[r]] = x[r]; no two indices are equal.
KERNEL(256) scatter_rows_f32(float *y, const float *x, const u32 *index, int width) {
    const float *from = x + (size_t)blockIdx.x * width;
    float *to = y + (size_t)index[blockIdx.x] * width;
    for (int i = blockIdx.y * 256 + threadIdx.x; i < width; i += gridDim.y * 256) to[i] = from[i];
}
