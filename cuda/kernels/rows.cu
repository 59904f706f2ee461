// Rows of a batch moved together: what is left of it once some samples have
// finished. Exact: a row keeps its bits, unless y is bfloat16 in memory (half).
#include "dev.cuh"

// y[r] = x[index[r]], of n rows of width floats. A number is cut to a whole one
// and to 0..n−1; NaN is 0. 8 bytes per element. grid: x rows of y, y pieces of a
// row.
KERNEL(256) gather_rows_f32(float *y, const float *x, const float *index, int n, int width, int half) {
    const float i = index[blockIdx.x];
    const int row = i > 0.0f ? (i < (float)(n - 1) ? (int)i : n - 1) : 0;
    const float *from = x + (size_t)row * width;
    const size_t at = (size_t)blockIdx.x * width;
    for (int e = blockIdx.y * 256 + threadIdx.x; e < width; e += gridDim.y * 256)
        if (half)
            ((u16 *)y)[at + e] = bf16(from[e]);
        else
            y[at + e] = from[e];
}
