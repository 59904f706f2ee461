// The one contraction behind matrix products and convolutions:
//
//	C[i, j] = end(Σₖ A[i, k]·B[k, j])
//
// A and B are sources (source.cuh); end adds a bias, takes the SiLU, adds another
// matrix: see Target. K is summed in order by one thread for each C[i, j], so the
// result does not depend on the grid. Where K is long and C small, K is cut at
// fixed places into slices that write partial sums; combine_f32 adds them in order.
#pragma once
#include "math.cuh"
#include "source.cuh"

// W neighbours, one access where they are aligned.
template <int W>
struct alignas(4 * W) Floats {
    float v[W];
};

// The bits of a Target's how: C is silu of the sum; C is bfloat16 in memory.
constexpr int SILU_OF = 1, HALF_C = 2;

// W numbers to p, from element at on, rounded where p is bfloat16.
template <int W>
DI void store_numbers(float *p, bool half, size_t at, Floats<W> s) {
    if (!half) {
        *(Floats<W> *)(p + at) = s;
    } else if constexpr (W == 4) {
        *(uint2 *)((u16 *)p + at) = uint2{bf16(s.v[0]) | (u32)bf16(s.v[1]) << 16,
                                          bf16(s.v[2]) | (u32)bf16(s.v[3]) << 16};
    } else {
        ((u16 *)p)[at] = bf16(s.v[0]);
    }
}

// Where C goes, rows of N, and what each sum becomes on the way:
//
//	s = Σ + bias[j]     sum[i, j] = s     C[i, j] = silu(s) + addend[i, j]
//
// A pointer that is 0, or how without SILU_OF, leaves its part out. The rounding
// is that of chain.cu's operators, one after the other. C may be the addend. With
// HALF_C, C alone is bfloat16 in memory, its rows of 8·j numbers; kernels of float32
// operands have no such C.
template <bool HALVES>
struct TargetOf {
    float *p;
    const float *bias;
    float *sum;
    const float *addend;
    int how, M, N;

    // Matrix z of a batch.
    static MEMBER TargetOf make(float *p, const float *bias, float *sum, const float *addend, int how, int M,
                                int N, int z) {
        const size_t at = (size_t)z * M * N;
        float *const C = HALVES && how & HALF_C ? (float *)((u16 *)p + at) : p + at;
        return TargetOf{C, bias, sum ? sum + at : sum, addend ? addend + at : addend, how, M, N};
    }
    // Whether put<W> may be used: its accesses are aligned and W divides a row.
    template <int W>
    MEMBER bool wide() const {
        return N % W == 0 && (((size_t)p | (size_t)sum | (size_t)addend) & (4 * W - 1)) == 0;
    }
    // Sums s for columns j, …, j + W − 1 of row i; j is a multiple of W.
    template <int W>
    MEMBER void put(int i, int j, Floats<W> s) const {
        if (i >= M || j >= N) return;
        const size_t at = (size_t)i * N + j;
        if (bias)
#pragma unroll
            for (int q = 0; q < W; q++) s.v[q] += bias[j + q];
        if (sum) *(Floats<W> *)(sum + at) = s;
        if (how & SILU_OF)
#pragma unroll
            for (int q = 0; q < W; q++) s.v[q] = silu_f32(s.v[q]);
        if (addend) {
            const Floats<W> r = *(const Floats<W> *)(addend + at);
#pragma unroll
            for (int q = 0; q < W; q++) s.v[q] += r.v[q];
        }
        store_numbers<W>(p, HALVES && how & HALF_C, at, s);
    }
};
using Target = TargetOf<true>;
using FloatTarget = TargetOf<false>;

// The end of a tile: its sums go from registers to a slab of shared memory, some
// rows at a time, and from there to memory in runs of whole lines. The code of
// Target is there once, and not for every register that holds a sum.
//
// finish does the second half for a slab of ROWS×COLS, its rows LD apart; row
// says which row of C a row of the slab is, col is the first column.
template <int W, int ROWS, int COLS, int LD, int THREADS, class TARGET, class ROW>
DI void finish_by(const TARGET &t, const float *slab, int col, ROW row) {
#pragma unroll 1
    for (int id = threadIdx.x; id < ROWS * COLS / W; id += THREADS) {
        const int r = id / (COLS / W), c = id % (COLS / W) * W;
        t.template put<W>(row(r), col + c, *(const Floats<W> *)(slab + r * LD + c));
    }
}
template <int ROWS, int COLS, int LD, int THREADS, class TARGET, class ROW>
DI void finish(const TARGET &t, const float *slab, int col, ROW row) {
    if (t.template wide<4>())
        finish_by<4, ROWS, COLS, LD, THREADS>(t, slab, col, row);
    else
        finish_by<1, ROWS, COLS, LD, THREADS>(t, slab, col, row);
}

// The float32 core: BM×BN of C by a block of (BM/TM)·(BN/TN) threads, each
// TM×TN of it as quarters of 4×4, BK of K at a time. Per step a thread reads
// TM + TN floats from shared memory for TM·TN FMAs. The next tiles are fetched
// into registers while the present ones are multiplied.
template <int BM, int BN, int BK, int TM, int TN, class SA, class SB>
DI void contract_f32(SA a, SB b, FloatTarget t, int m0, int n0, int k0, int k1) {
    constexpr int TX = BN / TN, THREADS = TX * (BM / TM), NA = BM * BK / 4 / THREADS,
                  NB = BN * BK / 4 / THREADS;
    static_assert(NA >= 1 && NB >= 1, "every thread fetches");
    constexpr int ROWS = BM / 4, LD = BN + 4; // of a slab
    union Shared {
        struct {
            float a[2][BK][BM + 4], b[2][BK][BN + 4];
        } tiles;
        float slab[ROWS * LD];
    };
    __shared__ __attribute__((aligned(16))) Shared shared;
    auto &As = shared.tiles.a;
    auto &Bs = shared.tiles.b;
    const int tid = threadIdx.x, tx = tid % TX, ty = tid / TX;
    a.clip(k1);
    b.clip(k1);
    float4 ra[NA], rb[NB];
    float acc[TM][TN] = {};

    auto fetch_all = [&](int k) INLINE {
#pragma unroll
        for (int q = 0; q < NA; q++) {
            const int id = tid + q * THREADS;
            const bool kc = a.kc();
            const int outer = kc ? m0 + id / (BK / 4) : k + id / (BM / 4);
            ra[q] = fetch(a, outer, kc ? k + id % (BK / 4) * 4 : m0 + id % (BM / 4) * 4);
        }
#pragma unroll
        for (int q = 0; q < NB; q++) {
            const int id = tid + q * THREADS;
            const bool kc = b.kc();
            const int outer = kc ? n0 + id / (BK / 4) : k + id / (BN / 4);
            rb[q] = fetch(b, outer, kc ? k + id % (BK / 4) * 4 : n0 + id % (BN / 4) * 4);
        }
    };
    auto stash = [&](int buf) INLINE {
#pragma unroll
        for (int q = 0; q < NA; q++) {
            const int id = tid + q * THREADS;
            if (a.kc()) {
                const int i = id / (BK / 4), k = id % (BK / 4) * 4;
                As[buf][k][i] = ra[q].x, As[buf][k + 1][i] = ra[q].y;
                As[buf][k + 2][i] = ra[q].z, As[buf][k + 3][i] = ra[q].w;
            } else {
                store4(&As[buf][id / (BM / 4)][id % (BM / 4) * 4], ra[q]);
            }
        }
#pragma unroll
        for (int q = 0; q < NB; q++) {
            const int id = tid + q * THREADS;
            if (b.kc()) {
                const int j = id / (BK / 4), k = id % (BK / 4) * 4;
                Bs[buf][k][j] = rb[q].x, Bs[buf][k + 1][j] = rb[q].y;
                Bs[buf][k + 2][j] = rb[q].z, Bs[buf][k + 3][j] = rb[q].w;
            } else {
                store4(&Bs[buf][id / (BN / 4)][id % (BN / 4) * 4], rb[q]);
            }
        }
    };

    for (int k = k0 - BK, buf = 1; k < k1; k += BK, buf ^= 1) { // the first round only fetches
        const bool more = k + BK < k1;
        if (more) fetch_all(k + BK);
#pragma unroll 4
        for (int kk = 0; kk < BK && k >= k0; kk++) {
            float x[TM], y[TN];
#pragma unroll
            for (int q = 0; q < TM; q += 4) {
                const float4 v = load4(&As[buf][kk][q / 4 * (BM / (TM / 4)) + ty * 4]);
                x[q] = v.x, x[q + 1] = v.y, x[q + 2] = v.z, x[q + 3] = v.w;
            }
#pragma unroll
            for (int q = 0; q < TN; q += 4) {
                const float4 v = load4(&Bs[buf][kk][q / 4 * (BN / (TN / 4)) + tx * 4]);
                y[q] = v.x, y[q + 1] = v.y, y[q + 2] = v.z, y[q + 3] = v.w;
            }
#pragma unroll
            for (int i = 0; i < TM; i++)
#pragma unroll
                for (int j = 0; j < TN; j++) acc[i][j] = fmaf(x[i], y[j], acc[i][j]);
        }
        if (more) stash(buf ^ 1);
        __syncthreads();
    }

#pragma unroll 1
    for (int part = 0; part < 4; part++) { // row part of each quarter
#pragma unroll
        for (int i = 0; i < TM; i++)
#pragma unroll
            for (int q = 0; q < TN; q += 4)
                if (i % 4 == part)
                    store4(shared.slab + (i / 4 * (BM / TM) + ty) * LD + q / 4 * (BN / (TN / 4)) + tx * 4,
                           float4{acc[i][q], acc[i][q + 1], acc[i][q + 2], acc[i][q + 3]});
        __syncthreads();
        finish<ROWS, BN, LD, THREADS>(t, shared.slab, n0, [&](int r) INLINE {
            return m0 + r / (BM / TM) * (BM / (TM / 4)) + r % (BM / TM) * 4 + part;
        });
        __syncthreads(); // the slab may be used again
    }
}
