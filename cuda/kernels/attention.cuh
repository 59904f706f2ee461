// What attention_f32.cuh and attention_tensor.cuh share: where the rows
// of one head lie, and which of them a block has.
#pragma once
#include "math.cuh"

extern __shared__ __attribute__((aligned(16))) float shared[];

// One head's rows of q, k, v, y or dy: row i begins at p + i·stride.
struct Rows {
    const float *p;
    int stride, T, d;
    bool wide;

    static MEMBER Rows make(const float *p, int stride, int T, int d) {
        return Rows{p, stride, T, d, aligned16(p) && stride % 4 == 0 && d % 4 == 0};
    }
};

// Which (sample, head) and which row tile a block has.
struct Place {
    int b, h, first;

    static MEMBER Place make(int T, int H, int rows) {
        const int tiles = (T + rows - 1) / rows, bh = blockIdx.x / tiles;
        return Place{bh / H, bh % H, ((int)blockIdx.x - bh * tiles) * rows};
    }
};
