// Attention on packed qkv [n,T,3c] (q | k | v), H heads of d = c/H, with no T×T
// matrix in memory:
//
//	S = q·kᵀ/√d,  P = softmax(S),  y = P·v
//
// Forward a block has BR queries of one (sample, head) and walks over the keys,
// BC at a time, keeping of each row the greatest score m, the sum l of e^(S−m)
// and the accumulator, rescaled as m grows. 4·T²·d FLOP per head; k and v are
// read T/BR times, from L2. Backward nothing is kept: the first kernel goes
// forward again for L = m + ln l and δ = Σ dy∘y, the second and third make dq and
// dk, dv from
//
//	P = e^(S−L),  dP = dy·vᵀ,  dS = P∘(dP − δ),  dq = dS·k/√d,  dk = dSᵀ·q/√d,  dv = Pᵀ·dy
//
// each over its own rows, in order, so no two blocks add to one number; 14·T²·d
// FLOP per head in all. 128 threads are 16×8: RI = BR/16 rows and BC/8 columns
// of S each, then RI rows and D/8 columns of the product. D is d rounded up to
// 32, 64, 128 or 256, the rest zero. grid: x = n·H·⌈T/BR⌉.
#pragma once
#include "attention.cuh"

// Rows first.. of src to dst [ROWS][D+4], zero outside.
template <int ROWS, int D>
DI void load_rows(float *dst, const Rows &src, int first) {
    if (src.wide) {
#pragma unroll 2
        for (int e = threadIdx.x; e < ROWS * D / 4; e += 128) {
            const int r = e / (D / 4), x = e % (D / 4) * 4;
            const bool in = first + r < src.T && x < src.d;
            store4(dst + r * (D + 4) + x, in ? load4(src.p + (size_t)(first + r) * src.stride + x) : zero4());
        }
    } else {
#pragma unroll 1
        for (int e = threadIdx.x; e < ROWS * D; e += 128) {
            const int r = e / D, x = e % D;
            const bool in = first + r < src.T && x < src.d;
            dst[r * (D + 4) + x] = in ? src.p[(size_t)(first + r) * src.stride + x] : 0.0f;
        }
    }
}

// s[i][j] = Σₓ a[ty·RI + i][x]·b[tx + 8j][x].
template <int RI, int CJ, int D>
DI void scores(float (&s)[RI][CJ], const float *a, const float *b) {
    const int tx = threadIdx.x & 7, ty = threadIdx.x >> 3;
#pragma unroll
    for (int i = 0; i < RI; i++)
#pragma unroll
        for (int j = 0; j < CJ; j++) s[i][j] = 0.0f;
#pragma unroll 1
    for (int x = 0; x < D; x += 4) {
        float4 p[RI], q[CJ];
#pragma unroll
        for (int i = 0; i < RI; i++) p[i] = load4(a + (ty * RI + i) * (D + 4) + x);
#pragma unroll
        for (int j = 0; j < CJ; j++) q[j] = load4(b + (tx + 8 * j) * (D + 4) + x);
#pragma unroll
        for (int i = 0; i < RI; i++)
#pragma unroll
            for (int j = 0; j < CJ; j++)
                s[i][j] = fmaf(p[i].x, q[j].x,
                               fmaf(p[i].y, q[j].y, fmaf(p[i].z, q[j].z, fmaf(p[i].w, q[j].w, s[i][j]))));
    }
}

// o[i][·] += Σⱼ p[ty·RI + i][j]·v[j][·], columns 32q + 4tx + 0..3.
template <int RI, int BC, int D>
DI void accumulate(float4 (&o)[RI][D / 32], const float *p, const float *v) {
    const int tx = threadIdx.x & 7, ty = threadIdx.x >> 3;
#pragma unroll 1
    for (int j = 0; j < BC; j++) {
        float w[RI];
#pragma unroll
        for (int i = 0; i < RI; i++) w[i] = p[(ty * RI + i) * (BC + 4) + j];
#pragma unroll
        for (int q = 0; q < D / 32; q++) {
            const float4 e = load4(v + j * (D + 4) + q * 32 + tx * 4);
#pragma unroll
            for (int i = 0; i < RI; i++) {
                o[i][q].x = fmaf(w[i], e.x, o[i][q].x), o[i][q].y = fmaf(w[i], e.y, o[i][q].y);
                o[i][q].z = fmaf(w[i], e.z, o[i][q].z), o[i][q].w = fmaf(w[i], e.w, o[i][q].w);
            }
        }
    }
}

// Stores k·o to columns 32q + 4tx + 0..3 below d of a row.
template <int D>
DI void store_row(float *row, const float4 (&o)[D / 32], float k, int d) {
#pragma unroll
    for (int q = 0; q < D / 32; q++) {
        const int x = q * 32 + (threadIdx.x & 7) * 4;
        if (x < d) row[x] = k * o[q].x;
        if (x + 1 < d) row[x + 1] = k * o[q].y;
        if (x + 2 < d) row[x + 2] = k * o[q].z;
        if (x + 3 < d) row[x + 3] = k * o[q].w;
    }
}

// Sum and maximum over the 8 threads of a row.
DI float row_sum(float v) {
#pragma unroll
    for (int o = 4; o > 0; o >>= 1) v += __shfl_xor_sync(ALL_LANES, v, o);
    return v;
}
DI float row_max(float v) {
#pragma unroll
    for (int o = 4; o > 0; o >>= 1) v = max_nan(v, __shfl_xor_sync(ALL_LANES, v, o));
    return v;
}

// With STATS, L and δ [n,H,T] go to y and delta, and no result is stored.
template <int BR, int BC, int D, bool STATS>
DI void forward(float *y, float *delta, const float *qkv, const float *dy, int T, int H, int d, float scale) {
    constexpr int RI = BR / 16, CJ = BC / 8;
    float *Q = shared, *KV = Q + BR * (D + 4), *P = KV + BC * (D + 4);
    const int tx = threadIdx.x & 7, ty = threadIdx.x >> 3, c = H * d;
    const Place at = Place::make(T, H, BR);
    const float *base = qkv + (size_t)at.b * T * 3 * c + at.h * d;
    const Rows q = Rows::make(base, 3 * c, T, d), k = Rows::make(base + c, 3 * c, T, d),
               v = Rows::make(base + 2 * c, 3 * c, T, d);
    float4 o[RI][D / 32] = {};
    float m[RI], l[RI] = {};
#pragma unroll
    for (int i = 0; i < RI; i++) m[i] = -INF_F32;
    load_rows<BR, D>(Q, q, at.first);
    for (int j0 = 0; j0 < T; j0 += BC) {
        load_rows<BC, D>(KV, k, j0);
        __syncthreads();
        float s[RI][CJ];
        scores<RI, CJ, D>(s, Q, KV);
#pragma unroll
        for (int i = 0; i < RI; i++) {
            float top = m[i], sum = 0.0f;
#pragma unroll
            for (int j = 0; j < CJ; j++) {
                s[i][j] = j0 + tx + 8 * j < T ? s[i][j] * scale : -INF_F32;
                top = max_nan(top, s[i][j]);
            }
            top = row_max(top);
#pragma unroll
            for (int j = 0; j < CJ; j++) {
                const float p = exp_f32(s[i][j] - top);
                sum += p;
                P[(ty * RI + i) * (BC + 4) + tx + 8 * j] = p;
            }
            const float shrink = exp_f32(m[i] - top); // 0 at first
            l[i] = fmaf(l[i], shrink, row_sum(sum));
            m[i] = top;
#pragma unroll
            for (int x = 0; x < D / 32; x++)
                o[i][x] =
                    float4{o[i][x].x * shrink, o[i][x].y * shrink, o[i][x].z * shrink, o[i][x].w * shrink};
        }
        __syncthreads(); // k is read
        load_rows<BC, D>(KV, v, j0);
        __syncthreads();
        accumulate<RI, BC, D>(o, P, KV);
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < RI; i++) {
        const int row = at.first + ty * RI + i;
        const size_t out = ((size_t)at.b * T + row) * c + at.h * d;
        if (!STATS) {
            if (row < T) store_row<D>(y + out, o[i], 1.0f / l[i], d);
            continue;
        }
        float sum = 0.0f;
        if (row < T) {
#pragma unroll
            for (int x = 0; x < D / 32; x++) {
                const int e = x * 32 + tx * 4;
                if (e < d) sum = fmaf(o[i][x].x, dy[out + e], sum);
                if (e + 1 < d) sum = fmaf(o[i][x].y, dy[out + e + 1], sum);
                if (e + 2 < d) sum = fmaf(o[i][x].z, dy[out + e + 2], sum);
                if (e + 3 < d) sum = fmaf(o[i][x].w, dy[out + e + 3], sum);
            }
        }
        sum = row_sum(sum);
        if (row < T && tx == 0) {
            const size_t e = ((size_t)at.b * H + at.h) * T + row;
            y[e] = m[i] + log_f32(l[i]);
            delta[e] = sum / l[i];
        }
    }
}

// Backward over the rows of one side: with KEYS false rows are queries, columns
// keys, and dq is made; with KEYS rows are keys, columns queries, and dk and dv.
template <int BR, int BC, int D, bool KEYS>
DI void backward(float *dqkv, const float *qkv, const float *dy, const float *L, const float *delta, int T,
                 int H, int d, float scale) {
    constexpr int RI = BR / 16, CJ = BC / 8;
    float *R1 = shared, *R2 = R1 + BR * (D + 4), *C1 = R2 + BR * (D + 4), *C2 = C1 + BC * (D + 4);
    float *dS = C2 + BC * (D + 4), *P = dS + BR * (BC + 4);
    const int tx = threadIdx.x & 7, ty = threadIdx.x >> 3, c = H * d;
    const Place at = Place::make(T, H, BR);
    const size_t start = (size_t)at.b * T * 3 * c + at.h * d, stat = ((size_t)at.b * H + at.h) * T;
    const float *base = qkv + start;
    const Rows q = Rows::make(base, 3 * c, T, d), k = Rows::make(base + c, 3 * c, T, d),
               v = Rows::make(base + 2 * c, 3 * c, T, d),
               g = Rows::make(dy + (size_t)at.b * T * c + at.h * d, c, T, d);
    float4 first[RI][D / 32] = {}, second[KEYS ? RI : 1][D / 32] = {};
    load_rows<BR, D>(R1, KEYS ? k : q, at.first);
    load_rows<BR, D>(R2, KEYS ? v : g, at.first);
    for (int j0 = 0; j0 < T; j0 += BC) {
        load_rows<BC, D>(C1, KEYS ? q : k, j0);
        load_rows<BC, D>(C2, KEYS ? g : v, j0);
        __syncthreads();
        float s[RI][CJ], dp[RI][CJ];
        scores<RI, CJ, D>(s, R1, C1);
        scores<RI, CJ, D>(dp, R2, C2);
#pragma unroll
        for (int i = 0; i < RI; i++)
#pragma unroll
            for (int j = 0; j < CJ; j++) {
                const int row = at.first + ty * RI + i, col = j0 + tx + 8 * j, query = KEYS ? col : row;
                const int cell = (ty * RI + i) * (BC + 4) + tx + 8 * j;
                const bool in = row < T && col < T;
                const float p = in ? exp_f32(fmaf(s[i][j], scale, -L[stat + query])) : 0.0f;
                dS[cell] = in ? p * (dp[i][j] - delta[stat + query]) : 0.0f;
                if (KEYS) P[cell] = p;
            }
        __syncthreads();
        accumulate<RI, BC, D>(first, dS, C1);
        if constexpr (KEYS) accumulate<RI, BC, D>(second, P, C2);
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < RI; i++) {
        const int row = at.first + ty * RI + i;
        if (row >= T) continue;
        float *out = dqkv + start + (size_t)row * 3 * c;
        store_row<D>(out + (KEYS ? c : 0), first[i], scale, d);
        if constexpr (KEYS) store_row<D>(out + 2 * c, second[i], 1.0f, d);
    }
}

// Three blocks to a multiprocessor: room for 168 registers.
#define ROWS_KERNEL KERNEL(128, 3)

// Dynamic shared memory in floats: forward BR·(D+4) + BC·(D+4) + BR·(BC+4),
// backward 2·BR·(D+4) + 2·BC·(D+4) + 2·BR·(BC+4), the last once for dq.
#define ATTENTION(D, BR, BC, GR, GC)                                                                         \
    ROWS_KERNEL                                                                                              \
    attention_f32_##D(float *y, const float *qkv, int T, int H, int d, float scale) {                        \
        forward<BR, BC, D, false>(y, nullptr, qkv, nullptr, T, H, d, scale);                                 \
    }                                                                                                        \
    ROWS_KERNEL                                                                                              \
    attention_stats_f32_##D(float *L, float *delta, const float *qkv, const float *dy, int T, int H, int d,  \
                            float scale) {                                                                   \
        forward<BR, BC, D, true>(L, delta, qkv, dy, T, H, d, scale);                                         \
    }                                                                                                        \
    ROWS_KERNEL                                                                                              \
    attention_dq_f32_##D(float *dqkv, const float *qkv, const float *dy, const float *L, const float *delta, \
                         int T, int H, int d, float scale) {                                                 \
        backward<GR, GC, D, false>(dqkv, qkv, dy, L, delta, T, H, d, scale);                                 \
    }                                                                                                        \
    ROWS_KERNEL                                                                                              \
    attention_dkv_f32_##D(float *dqkv, const float *qkv, const float *dy, const float *L,                    \
                          const float *delta, int T, int H, int d, float scale) {                            \
        backward<GR, GC, D, true>(dqkv, qkv, dy, L, delta, T, H, d, scale);                                  \
    }
