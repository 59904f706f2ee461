// Softmax over the last axis, about the row's greatest element:
//
//	y[r, i] = e^(x[r,i] − max) / Σⱼ e^(x[r,j] − max)
//
// A block has a row; x is read three times, from cache after the first: 8 bytes
// and two exponentials per element. A row with a NaN or +∞, or of −∞ alone, is NaN.
#include "math.cuh"

// grid: x rows, grid-stride.
KERNEL(256) softmax_f32(float *y, const float *x, int rows, int width) {
    __shared__ float red[32];
    for (int r = blockIdx.x; r < rows; r += gridDim.x) {
        const float *p = x + (size_t)r * width;
        float top = -INF_F32, sum = 0.0f;
        for (int i = threadIdx.x; i < width; i += blockDim.x) top = max_nan(top, p[i]);
        top = block_max(top, red);
        for (int i = threadIdx.x; i < width; i += blockDim.x) sum += exp_f32(p[i] - top);
        sum = block_sum(sum, red);
        for (int i = threadIdx.x; i < width; i += blockDim.x)
            y[(size_t)r * width + i] = exp_f32(p[i] - top) / sum;
    }
}
