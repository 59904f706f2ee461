// The convolutions of conv.cu over any core, in tiles of 128×COLUMNS: forward and
// data with a filter of W, and the filter's gradient.
#pragma once
#include "contract.cuh"

#define UNPACK(...) __VA_ARGS__
#define CONVOLUTIONS(TYPE, W, CORE, BOUNDS, COLUMNS, TILE)                                                   \
    KERNEL BOUNDS conv_##TYPE(float *y, const float *x, const W *w, const float *bias, float *sum,           \
                              const float *addend, int silu, int n, int h, int width, int c, int o, int k,   \
                              int step) {                                                                    \
        const int M = n * h * width, K = k * k * c, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<true, 1>::make(x, n, h, width, c, k),                                         \
                          Dense<false, false, W>::make(w, o, K, o),                                          \
                          Target::make(y, bias, sum, addend, silu, M, o, blockIdx.z), blockIdx.x * 128,      \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }                                                                                                        \
    KERNEL BOUNDS conv_data_##TYPE(float *dx, const float *g, const W *w, const float *bias, float *sum,     \
                                   const float *addend, int silu, int n, int h, int width, int c, int o,     \
                                   int k, int step) {                                                        \
        const int M = n * h * width, K = k * k * o, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<true, -1>::make(g, n, h, width, o, k), Mirror<W>::make(w, c, o, k),           \
                          Target::make(dx, bias, sum, addend, silu, M, c, blockIdx.z), blockIdx.x * 128,     \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }
#define FILTER_GRADIENT(TYPE, CORE, BOUNDS, COLUMNS, TILE)                                                   \
    KERNEL BOUNDS conv_filter_##TYPE(float *dw, const float *x, const float *g, const float *bias,           \
                                     float *sum, const float *addend, int silu, int n, int h, int width,     \
                                     int c, int o, int k, int step) {                                        \
        const int M = k * k * c, K = n * h * width, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<false, 1>::make(x, n, h, width, c, k), Dense<false>::make(g, o, K, o),        \
                          Target::make(dw, bias, sum, addend, silu, M, o, blockIdx.z), blockIdx.x * 128,     \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }
