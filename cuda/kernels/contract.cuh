// The one contraction behind matrix products and convolutions:
//
//	C[i, j] = end(Σₖ A[i, k]·B[k, j])
//
// where end adds a bias, takes the SiLU, adds another matrix: see Target.
//
// A and B are sources: they say where element (outer, inner) lies in memory,
// inner being the coordinate along which neighbours are neighbours. A source
// whose inner coordinate is k is KC, else (inner is i or j) it is not; that one
// bit covers all four transposes, and a convolution is a source that gathers.
//
// Tiles go from memory to registers or shared memory in chunks of 16 bytes along
// inner: 4 floats, or 8 numbers in bfloat16. Where the source is vec (16-byte
// aligned, extents divisible by a chunk) a chunk is one load, else four, of 4 bytes;
// what lies outside is 0. K is summed in order by one thread for each C[i, j], so
// the result does not depend on the grid. Where K is long and C small, K is cut at
// fixed places into slices that write partial sums; combine_f32 adds them in order.
#pragma once
#include "math.cuh"

// The numbers of a chunk.
template <class T>
constexpr int chunk() {
    return 16 / sizeof(T);
}

// A matrix of outers rows with inners columns each, ld apart. WIDE ones are
// known to be vec.
template <bool KC, bool WIDE = false, class T = float>
struct Dense {
    using Number = T;
    const T *p;
    int ld, outers, inners;
    bool vec;

    static MEMBER Dense make(const T *p, int ld, int outers, int inners) {
        return Dense{p, ld, outers, inners, aligned16(p) && ld % chunk<T>() == 0 && inners % chunk<T>() == 0};
    }
    static constexpr MEMBER bool kc() { return KC; }
    MEMBER bool wide() const { return WIDE || vec; }
    MEMBER void clip(int k) { // K ends at k
        if (KC)
            inners = min_i(inners, k);
        else
            outers = min_i(outers, k);
    }
    MEMBER const T *at(int o, int i, bool &in) const {
        in = (o < outers) & (i < inners);
        return p + ((size_t)o * ld + i);
    }
};

// A dense matrix that knows only at run time whether it is KC.
template <bool WIDE>
struct AnyDense {
    Dense<true, WIDE> d;
    bool isKC;

    MEMBER bool kc() const { return isKC; }
    MEMBER bool wide() const { return d.wide(); }
    MEMBER void clip(int k) {
        if (isKC)
            d.inners = min_i(d.inners, k);
        else
            d.outers = min_i(d.outers, k);
    }
    MEMBER const float *at(int o, int i, bool &in) const { return d.at(o, i, in); }
};

// The pixels of x [n,h,w,c] under the taps of a k×k filter: outer is a pixel of
// the batch, inner = tap·c + channel. SIGN −1 mirrors the taps (data gradient).
template <bool KC, int SIGN>
struct Taps {
    const float *p;
    int h, w, c, k, outers, inners;
    Divisor byW, byH, byC, byK;
    bool vec;

    static MEMBER Taps make(const float *p, int n, int h, int w, int c, int k) {
        return Taps{p,         h,          w,          c,          k,          n * h * w,
                    k * k * c, divisor(w), divisor(h), divisor(c), divisor(k), aligned16(p) && c % 4 == 0};
    }
    MEMBER bool wide() const { return vec; }
    static constexpr MEMBER bool kc() { return KC; }
    MEMBER void clip(int end) {
        if (KC)
            inners = min_i(inners, end);
        else
            outers = min_i(outers, end);
    }
    MEMBER const float *at(int o, int i, bool &in) const {
        const int row = quotient(o, byW), x = o - row * w, y = row - quotient(row, byH) * h;
        const int tap = quotient(i, byC), ci = i - tap * c, ty = quotient(tap, byK);
        const int dy = SIGN * (ty - k / 2), dx = SIGN * (tap - ty * k - k / 2);
        in = (o < outers) & (i < inners) & ((u32)(y + dy) < (u32)h) & ((u32)(x + dx) < (u32)w);
        return p + ((long long)(o + dy * w + dx) * c + ci);
    }
};

// The filter [k,k,c,o] as the right side of the data gradient: outer is the
// channel of x, inner = tap·o + channel of g.
template <class T>
struct Mirror {
    using Number = T;
    const T *p;
    int c, o, inners;
    Divisor byO;
    bool vec;

    static MEMBER Mirror make(const T *p, int c, int o, int k) {
        return Mirror{p, c, o, k * k * o, divisor(o), aligned16(p) && o % chunk<T>() == 0};
    }
    MEMBER bool wide() const { return vec; }
    static constexpr MEMBER bool kc() { return true; }
    MEMBER void clip(int end) { inners = min_i(inners, end); }
    MEMBER const T *at(int ci, int i, bool &in) const {
        const int tap = quotient(i, byO);
        in = (ci < c) & (i < inners);
        return p + (size_t)(tap * c + ci) * o + (i - tap * o);
    }
};

// Reads that do not branch: 0 where in is false, and p is not read.
DI float load_if(const float *p, bool in) {
    float v;
    asm("{.reg .pred q; setp.ne.u32 q, %2, 0; mov.f32 %0, 0f00000000; @q ld.global.f32 %0, [%1];}"
        : "=&f"(v)
        : "l"(p), "r"((u32)in)
        : "memory");
    return v;
}
DI float4 load4_if(const float *p, bool in) {
    float4 v;
    asm("{.reg .pred q; setp.ne.u32 q, %5, 0; mov.f32 %0, 0f00000000; mov.f32 %1, 0f00000000; "
        "mov.f32 %2, 0f00000000; mov.f32 %3, 0f00000000; @q ld.global.v4.f32 {%0, %1, %2, %3}, [%4];}"
        : "=&f"(v.x), "=&f"(v.y), "=&f"(v.z), "=&f"(v.w)
        : "l"(p), "r"((u32)in)
        : "memory");
    return v;
}

// Four neighbours along inner, of float32.
template <class S>
DI float4 fetch(const S &s, int outer, int inner) {
    bool in[4];
    const float *p = s.at(outer, inner, in[0]);
    if (s.wide()) return load4_if(p, in[0]);
    asm volatile("" : "+r"(inner)); // keeps what follows out of the common path
    const float *p1 = s.at(outer, inner + 1, in[1]), *p2 = s.at(outer, inner + 2, in[2]),
                *p3 = s.at(outer, inner + 3, in[3]);
    return float4{load_if(p, in[0]), load_if(p1, in[1]), load_if(p2, in[2]), load_if(p3, in[3])};
}

// W neighbours, one access where they are aligned.
template <int W>
struct alignas(4 * W) Floats {
    float v[W];
};

// Where C goes, rows of N, and what each sum becomes on the way:
//
//	s = Σ + bias[j]     sum[i, j] = s     C[i, j] = silu(s) + addend[i, j]
//
// A pointer that is 0, or silu that is false, leaves its part out. The rounding
// is that of chain.cu's operators, one after the other. C may be the addend.
struct Target {
    float *p;
    const float *bias;
    float *sum;
    const float *addend;
    int silu, M, N;

    // Matrix z of a batch.
    static MEMBER Target make(float *p, const float *bias, float *sum, const float *addend, int silu, int M,
                              int N, int z) {
        const size_t at = (size_t)z * M * N;
        return Target{p + at, bias, sum ? sum + at : sum, addend ? addend + at : addend, silu, M, N};
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
        if (silu)
#pragma unroll
            for (int q = 0; q < W; q++) s.v[q] = silu_f32(s.v[q]);
        if (addend) {
            const Floats<W> r = *(const Floats<W> *)(addend + at);
#pragma unroll
            for (int q = 0; q < W; q++) s.v[q] += r.v[q];
        }
        *(Floats<W> *)(p + at) = s;
    }
};

// The end of a tile: its sums go from registers to a slab of shared memory, some
// rows at a time, and from there to memory in runs of whole lines. The code of
// Target is there once, and not for every register that holds a sum.
//
// finish does the second half for a slab of ROWS×COLS, its rows LD apart; row
// says which row of C a row of the slab is, col is the first column.
template <int W, int ROWS, int COLS, int LD, int THREADS, class ROW>
DI void finish_by(const Target &t, const float *slab, int col, ROW row) {
#pragma unroll 1
    for (int id = threadIdx.x; id < ROWS * COLS / W; id += THREADS) {
        const int r = id / (COLS / W), c = id % (COLS / W) * W;
        t.put<W>(row(r), col + c, *(const Floats<W> *)(slab + r * LD + c));
    }
}
template <int ROWS, int COLS, int LD, int THREADS, class ROW>
DI void finish(const Target &t, const float *slab, int col, ROW row) {
    if (t.wide<4>())
        finish_by<4, ROWS, COLS, LD, THREADS>(t, slab, col, row);
    else
        finish_by<1, ROWS, COLS, LD, THREADS>(t, slab, col, row);
}

// The float32 core: BM×BN of C by a block of (BM/TM)·(BN/TN) threads, each
// TM×TN of it as quarters of 4×4, BK of K at a time. Per step a thread reads
// TM + TN floats from shared memory for TM·TN FMAs. The next tiles are fetched
// into registers while the present ones are multiplied.
template <int BM, int BN, int BK, int TM, int TN, class SA, class SB>
DI void contract_f32(SA a, SB b, Target t, int m0, int n0, int k0, int k1) {
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
