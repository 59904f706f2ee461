// The convolutions of conv.cu over any core, in tiles of 128×COLUMNS: forward and
// data of an image of X with a filter of W, and the filter's gradient from X and G, to a
// TARGET.
#pragma once
#include "contract.cuh"

#define UNPACK(...) __VA_ARGS__
#define CONVOLUTIONS(TYPE, X, W, CORE, TARGET, BOUNDS, COLUMNS, TILE)                                        \
    KERNEL BOUNDS conv_##TYPE(float *y, const X *x, const W *w, const float *bias, float *sum,               \
                              const float *addend, int how, int n, int h, int width, int c, int o, int k,    \
                              int step) {                                                                    \
        const int M = n * h * width, K = k * k * c, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<true, 1, X>::make(x, n, h, width, c, k),                                      \
                          Dense<false, false, W>::make(w, o, K, o),                                          \
                          TARGET::make(y, bias, sum, addend, how, M, o, blockIdx.z), blockIdx.x * 128,       \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }                                                                                                        \
    KERNEL BOUNDS conv_data_##TYPE(float *dx, const X *g, const W *w, const float *bias, float *sum,         \
                                   const float *addend, int how, int n, int h, int width, int c, int o,      \
                                   int k, int step) {                                                        \
        const int M = n * h * width, K = k * k * o, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<true, -1, X>::make(g, n, h, width, o, k), Mirror<W>::make(w, c, o, k),        \
                          TARGET::make(dx, bias, sum, addend, how, M, c, blockIdx.z), blockIdx.x * 128,      \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }
#define FILTER_GRADIENT(TYPE, X, G, CORE, TARGET, BOUNDS, COLUMNS, TILE)                                     \
    KERNEL BOUNDS conv_filter_##TYPE(float *dw, const X *x, const G *g, const float *bias,                   \
                                     float *sum, const float *addend, int how, int n, int h, int width,      \
                                     int c, int o, int k, int step) {                                        \
        const int M = k * k * c, K = n * h * width, k0 = blockIdx.z * step;                                  \
        CORE<UNPACK TILE>(Taps<false, 1, X>::make(x, n, h, width, c, k),                                     \
                          Dense<false, false, G>::make(g, o, K, o),                                          \
                          TARGET::make(dw, bias, sum, addend, how, M, o, blockIdx.z), blockIdx.x * 128,      \
                          blockIdx.y * COLUMNS, k0, min_i(K, k0 + step));                                    \
    }
