// Attention on tensor cores, in any precision of theirs: the contract, the three kernels of a derivative and
// the walk of attention_f32.cuh, with q, k, v, dy, P and dS rounded to bfloat16 or TF32
// on the way to the multipliers and float32 sums, scores and statistics. Heads of
// up to 128; L is kept in base 2: P = 2^(S·log₂e − L).
//
// 128 threads: each warp has 16 rows. Tiles lie in shared memory as rows of D
// numbers and a padding, and the same tile is a right operand along either axis.
// S never leaves its registers: the fragment of a product, rounded, is the left
// fragment of the next.
#pragma once
#include "attention.cuh"
#include "mma.cuh"

// 2ˣ to 2 ulp: what follows is rounded to 8 or 11 bits.
DI float exp2_approx(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// The bits of a kernel's half: which tensors are bfloat16 in memory, their heads of
// 8·j numbers. Y is y forward and dqkv backward.
constexpr int HALF_QKV = 1, HALF_DY = 2, HALF_Y = 4;

// A precision P of the multipliers says what E a number in shared memory is and
// how many of them, PAD, keep the rows of a tile apart, copies 8 numbers that are
// bfloat16 in memory, where it HALVES, and makes
//
//	products    s = a·bᵀ, the warp's 16 rows of a by the NC rows of b
//	accumulate  o += p·v, p being fragments [16, NC] of the warp's rows
//
// of tiles a, b and v.

// Rows first.. of src to dst [ROWS][D + PAD], zero outside.
template <class P, int ROWS, int D>
DI void load_tile(typename P::E *dst, const Rows &src, int first, bool half) {
    if (P::HALVES && half) {
#pragma unroll 1
        for (int e = threadIdx.x; e < ROWS * D / 8; e += 128) {
            const int r = e / (D / 8), x = e % (D / 8) * 8;
            typename P::E *to = &dst[r * (D + P::PAD) + x];
            if (first + r < src.T && x < src.d) {
                P::copy(to, (const u16 *)src.p + (size_t)(first + r) * src.stride + x);
            } else {
                P::store(to, zero4());
                P::store(to + 4, zero4());
            }
        }
        copy_commit();
        copy_wait<0>();
        return;
    }
#pragma unroll 1
    for (int e = threadIdx.x; e < ROWS * D / 4; e += 128) {
        const int r = e / (D / 4), x = e % (D / 4) * 4;
        const float *p = src.p + (size_t)(first + r) * src.stride + x;
        float4 v = zero4();
        if (first + r < src.T) {
            if (src.wide) {
                if (x < src.d) v = load4(p);
            } else {
                if (x < src.d) v.x = p[0];
                if (x + 1 < src.d) v.y = p[1];
                if (x + 2 < src.d) v.z = p[2];
                if (x + 3 < src.d) v.w = p[3];
            }
        }
        P::store(&dst[r * (D + P::PAD) + x], v);
    }
}

// Sum and maximum over the 4 threads of a row.
DI float quad_sum(float v) {
    v += __shfl_xor_sync(ALL_LANES, v, 1);
    return v + __shfl_xor_sync(ALL_LANES, v, 2);
}
DI float quad_max(float v) {
    v = max_nan(v, __shfl_xor_sync(ALL_LANES, v, 1));
    return max_nan(v, __shfl_xor_sync(ALL_LANES, v, 2));
}

// Stores k·o of half r (row g or g + 8) to the columns below d of the row of p from
// element at on.
template <class P, int D>
DI void store_half(float *p, bool half, size_t at, const float (&o)[D / 8][4], int r, float k, int d) {
    float *row = p + at;
#pragma unroll
    for (int j = 0; j < D / 8; j++) {
        const int x = j * 8 + (threadIdx.x & 3) * 2;
        if (P::HALVES && half) {
            if (x < d) *(u32 *)((u16 *)p + at + x) = bf16x2(k * o[j][2 * r], k * o[j][2 * r + 1]);
            continue;
        }
        if (x < d) row[x] = k * o[j][2 * r];
        if (x + 1 < d) row[x + 1] = k * o[j][2 * r + 1];
    }
}

constexpr float LOG2E = 1.44269502f;

// The address of element at of p, and the number there.
DI const float *offset(const float *p, bool half, size_t at) {
    return (const float *)((const char *)p + (at << (half ? 1 : 2)));
}
DI float number(const float *p, bool half, size_t at) {
    const float *q = offset(p, half, at);
    return half ? widen(*(const u16 *)q) : *q;
}

template <class P, int D, bool STATS>
DI void forward(float *y, float *delta, const float *qkv, const float *dy, int T, int H, int d, int half,
                float scale) {
    constexpr int BR = 64, BC = D > 64 ? 32 : 64, LD = D + P::PAD;
    typename P::E *Q = (typename P::E *)shared, *K = Q + BR * LD, *V = K + BC * LD;
    const int lane = threadIdx.x & 31, t2 = (lane & 3) * 2, c = H * d;
    const Place at = Place::make(T, H, BR);
    const bool halfIn = P::HALVES && half & HALF_QKV, halfDY = P::HALVES && half & HALF_DY;
    const size_t start = (size_t)at.b * T * 3 * c + at.h * d;
    auto part = [&](int k) INLINE { return Rows::make(offset(qkv, halfIn, start + k * c), 3 * c, T, d); };
    float o[D / 8][4] = {}, m[2] = {-INF_F32, -INF_F32}, l[2] = {};
    load_tile<P, BR, D>(Q, part(0), at.first, halfIn);
    for (int j0 = 0; j0 < T; j0 += BC) {
        load_tile<P, BC, D>(K, part(1), j0, halfIn);
        load_tile<P, BC, D>(V, part(2), j0, halfIn);
        __syncthreads();
        float s[BC / 8][4];
        P::template products<BC, D>(s, Q, K);
#pragma unroll
        for (int r = 0; r < 2; r++) {
            float top = m[r], sum = 0.0f;
#pragma unroll
            for (int j = 0; j < BC / 8; j++)
#pragma unroll
                for (int e = 2 * r; e < 2 * r + 2; e++) {
                    s[j][e] = j0 + j * 8 + t2 + e - 2 * r < T ? s[j][e] * (scale * LOG2E) : -INF_F32;
                    top = max_nan(top, s[j][e]);
                }
            top = quad_max(top);
#pragma unroll
            for (int j = 0; j < BC / 8; j++)
#pragma unroll
                for (int e = 2 * r; e < 2 * r + 2; e++) sum += s[j][e] = exp2_approx(s[j][e] - top);
            const float shrink = exp2_approx(m[r] - top); // 0 at first
            l[r] = fmaf(l[r], shrink, quad_sum(sum));
            m[r] = top;
#pragma unroll
            for (int j = 0; j < D / 8; j++) o[j][2 * r] *= shrink, o[j][2 * r + 1] *= shrink;
        }
        P::template accumulate<BC, D>(o, s, V);
        __syncthreads();
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        const int row = at.first + (threadIdx.x >> 5) * 16 + (lane >> 2) + 8 * r;
        const size_t out = ((size_t)at.b * T + row) * c + at.h * d;
        if (!STATS) {
            if (row < T) store_half<P, D>(y, half & HALF_Y, out, o, r, 1.0f / l[r], d);
            continue;
        }
        float sum = 0.0f;
        if (row < T) {
#pragma unroll
            for (int j = 0; j < D / 8; j++) {
                const int x = j * 8 + t2;
                if (x < d) sum = fmaf(o[j][2 * r], number(dy, halfDY, out + x), sum);
                if (x + 1 < d) sum = fmaf(o[j][2 * r + 1], number(dy, halfDY, out + x + 1), sum);
            }
        }
        sum = quad_sum(sum);
        if (row < T && t2 == 0) {
            const size_t e = ((size_t)at.b * H + at.h) * T + row;
            y[e] = fmaf(log_f32(l[r]), LOG2E, m[r]);
            delta[e] = sum / l[r];
        }
    }
}

// As in attention_f32.cuh: rows are queries and dq is made, or, with KEYS, rows are
// keys and dk and dv.
template <class P, int D, bool KEYS>
DI void backward(float *dqkv, const float *qkv, const float *dy, const float *L, const float *delta, int T,
                 int H, int d, int half, float scale) {
    constexpr int BR = 64, BC = D > 64 ? 16 : 32, LD = D + P::PAD;
    typename P::E *R1 = (typename P::E *)shared, *R2 = R1 + BR * LD, *C1 = R2 + BR * LD, *C2 = C1 + BC * LD;
    const int lane = threadIdx.x & 31, t2 = (lane & 3) * 2, c = H * d;
    const Place at = Place::make(T, H, BR);
    const size_t start = (size_t)at.b * T * 3 * c + at.h * d, stat = ((size_t)at.b * H + at.h) * T;
    const bool halfIn = P::HALVES && half & HALF_QKV, halfG = P::HALVES && half & HALF_DY;
    auto part = [&](int k) INLINE { return Rows::make(offset(qkv, halfIn, start + k * c), 3 * c, T, d); };
    const Rows q = part(0), k = part(1), v = part(2),
               g = Rows::make(offset(dy, halfG, (size_t)at.b * T * c + at.h * d), c, T, d);
    const int row0 = at.first + (threadIdx.x >> 5) * 16 + (lane >> 2);
    float first[D / 8][4] = {}, second[KEYS ? D / 8 : 1][4] = {};
    load_tile<P, BR, D>(R1, KEYS ? k : q, at.first, halfIn);
    load_tile<P, BR, D>(R2, KEYS ? v : g, at.first, KEYS ? halfIn : halfG);
    for (int j0 = 0; j0 < T; j0 += BC) {
        load_tile<P, BC, D>(C1, KEYS ? q : k, j0, halfIn);
        load_tile<P, BC, D>(C2, KEYS ? g : v, j0, KEYS ? halfG : halfIn);
        __syncthreads();
        float s[BC / 8][4], dp[BC / 8][4];
        P::template products<BC, D>(s, R1, C1);
        P::template products<BC, D>(dp, R2, C2);
#pragma unroll
        for (int j = 0; j < BC / 8; j++)
#pragma unroll
            for (int e = 0; e < 4; e++) {
                const int row = row0 + e / 2 * 8, col = j0 + j * 8 + t2 + e % 2, query = KEYS ? col : row;
                const bool in = row < T && col < T;
                const float p = in ? exp2_approx(fmaf(s[j][e], scale * LOG2E, -L[stat + query])) : 0.0f;
                dp[j][e] = in ? p * (dp[j][e] - delta[stat + query]) : 0.0f;
                s[j][e] = p;
            }
        P::template accumulate<BC, D>(first, dp, C1);
        if constexpr (KEYS) P::template accumulate<BC, D>(second, s, C2);
        __syncthreads();
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        const int row = row0 + 8 * r;
        if (row >= T) continue;
        const size_t out = start + (size_t)row * 3 * c;
        store_half<P, D>(dqkv, half & HALF_Y, out + (KEYS ? c : 0), first, r, scale, d);
        if constexpr (KEYS) store_half<P, D>(dqkv, half & HALF_Y, out + 2 * c, second, r, 1.0f, d);
    }
}

// Dynamic shared memory: forward 64 + 2·BC rows, backward 128 + 2·BC, of D + PAD.
// N blocks are to fit a multiprocessor, and M of the statistics and of dk and dv.
#define ATTENTION(TYPE, P, D, N, M)                                                                          \
    KERNEL(128, N)                                                                                           \
    attention_##TYPE##_##D(float *y, const float *qkv, int T, int H, int d, int half, float scale) {         \
        forward<P, D, false>(y, nullptr, qkv, nullptr, T, H, d, half, scale);                                \
    }                                                                                                        \
    KERNEL(128, M)                                                                                           \
    attention_stats_##TYPE##_##D(float *L, float *delta, const float *qkv, const float *dy, int T, int H,    \
                                 int d, int half, float scale) {                                             \
        forward<P, D, true>(L, delta, qkv, dy, T, H, d, half, scale);                                        \
    }                                                                                                        \
    KERNEL(128, N)                                                                                           \
    attention_dq_##TYPE##_##D(float *dqkv, const float *qkv, const float *dy, const float *L,                \
                              const float *delta, int T, int H, int d, int half, float scale) {              \
        backward<P, D, false>(dqkv, qkv, dy, L, delta, T, H, d, half, scale);                                \
    }                                                                                                        \
    KERNEL(128, M)                                                                                           \
    attention_dkv_##TYPE##_##D(float *dqkv, const float *qkv, const float *dy, const float *L,               \
                               const float *delta, int T, int H, int d, int half, float scale) {             \
        backward<P, D, true>(dqkv, qkv, dy, L, delta, T, H, d, half, scale);                                 \
    }
