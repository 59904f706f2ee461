// The tensor-core forms of contract.cuh's contraction, for compute capability
// 8.0 and later. Operands are float32 in memory; they are rounded on the way to
// the multipliers (bfloat16 to nearest even, TF32 to nearest, ties away), products
// are exact and sums are float32. Either may be bfloat16 in memory, rounded when it
// was written: the bits of C are the same. A block of (BM/WM)·(BN/WN) warps makes BM×BN
// of C, each warp WM×WN of it from mma.sync tiles of 16×8.
//
// Fragments, with g = lane/4 and t = lane%4: C holds (g, 2t), (g, 2t+1) and the
// same of row g + 8. In shared memory a tile keeps the order of its source, so
// nothing is transposed on the way in; the padding makes fragment reads free of
// bank conflicts (rows are 16 bytes mod 128 apart, or 4 or 8 words mod 32).
#pragma once
#include "contract.cuh"
#include "mma.cuh"

// A slab of the end of a tile (see finish) has 16 rows of each row of warps; the
// padding keeps a fragment's pairs apart.
template <int BM, int WM>
constexpr int slab_rows() {
    return BM / WM * 16;
}
template <int BN>
constexpr int slab_row() {
    return BN + 8;
}

template <int BM, int BN, int WM, int WN>
DI void finish_fragments(const Target &t, float *slab, const float (&acc)[WM / 16][WN / 8][4], int m0,
                         int n0) {
    constexpr int WX = BN / WN, THREADS = WX * (BM / WM) * 32, ROWS = slab_rows<BM, WM>(),
                  LD = slab_row<BN>();
    const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
    float *mine = slab + (warp / WX * 16 + (lane >> 2)) * LD + warp % WX * WN + (lane & 3) * 2;
#pragma unroll 1
    for (int part = 0; part < WM / 16; part++) {
#pragma unroll
        for (int i = 0; i < WM / 16; i++)
#pragma unroll
            for (int j = 0; j < WN / 8; j++)
                if (i == part) {
                    *(float2 *)(mine + j * 8) = float2{acc[i][j][0], acc[i][j][1]};
                    *(float2 *)(mine + j * 8 + 8 * LD) = float2{acc[i][j][2], acc[i][j][3]};
                }
        __syncthreads();
        finish<ROWS, BN, LD, THREADS>(t, slab, n0,
                                      [&](int r) INLINE { return m0 + r / 16 * WM + part * 16 + r % 16; });
        __syncthreads(); // the slab may be used again
    }
}

// One tile, B of the outer extent by BK of K, from s to shared memory as it is.
// Where K is contiguous rows are four chunks, five apart, and lanes are dealt to
// rows first: eight of them, served at once, share no bank.
template <int B, int BK, int THREADS, class S, class T>
DI void copy_tile(T *dst, const S &s, int base, int k) {
    constexpr int C = chunk<T>(), W = (S::kc() ? BK : B) / C, LD = S::kc() ? BK + C : B + 8;
    static_assert(!S::kc() || W == 4, "a warp copies eight rows");
#pragma unroll
    for (int q = 0; q < B * BK / C / THREADS; q++) {
        const int id = threadIdx.x + q * THREADS;
        const int r = S::kc() ? id / 32 * 8 + id % 8 : id / W, c = (S::kc() ? id / 8 % 4 : id % W) * C;
        const int outer = (S::kc() ? base : k) + r;
        int inner = (S::kc() ? k : base) + c;
        T *d = dst + r * LD + c;
        if (s.wide()) {
            bool in;
            const T *p = s.at(outer, inner, in);
            copy_async16(d, in ? p : s.p, in);
        } else {
            asm volatile("" : "+r"(inner)); // keeps what follows out of the common path
#pragma unroll
            for (int j = 0; j < C; j += C / 4) {
                bool in;
                const T *p = s.at(outer, inner + j, in);
                copy_async4(d + j, in ? p : s.p, in);
            }
        }
    }
}

// A tile's way from its source to shared memory, B of the outer extent by BK of K,
// while another tile is multiplied. Float32 is fetched into registers by begin and
// stored as bfloat16 by end: each number is rounded once, and shared memory
// carries half the bytes.
template <int B, int BK, int THREADS, class S, class T>
struct Feed {
    static constexpr int W = (S::kc() ? BK : B) / 4, LD = S::kc() ? BK + 8 : B + 8, N = B * BK / 4 / THREADS;
    float4 r[N];

    // Where K is contiguous, half a warp has rows i and i + 4: they share no bank.
    static MEMBER int row(int id) {
        const int i = id / W;
        return S::kc() ? (i & ~7) + i % 2 * 4 + i / 2 % 4 : i;
    }
    MEMBER void begin(u16 *, const S &s, int base, int k) {
#pragma unroll
        for (int q = 0; q < N; q++) {
            const int id = threadIdx.x + q * THREADS, i = row(id), j = id % W * 4;
            r[q] = S::kc() ? fetch(s, base + i, k + j) : fetch(s, k + i, base + j);
        }
    }
    MEMBER void end(u16 *dst) const {
#pragma unroll
        for (int q = 0; q < N; q++) {
            const int id = threadIdx.x + q * THREADS;
            *(uint2 *)&dst[row(id) * LD + id % W * 4] = uint2{bf16x2(r[q].x, r[q].y), bf16x2(r[q].z, r[q].w)};
        }
    }
};

// Bfloat16 is copied by cp.async, 2 bytes for each number all the way.
template <int B, int BK, int THREADS, class S>
struct Feed<B, BK, THREADS, S, u16> {
    MEMBER void begin(u16 *dst, const S &s, int base, int k) {
        copy_tile<B, BK, THREADS>(dst, s, base, k);
        copy_commit();
    }
    MEMBER void end(u16 *) const { copy_wait<0>(); }
};

// The bfloat16 core: 32 of K at a time through two buffers of each operand, one
// being filled while the other is multiplied.
template <int BM, int BN, int WM, int WN, class SA, class SB>
DI void contract_bf16(SA a, SB b, Target t, int m0, int n0, int k0, int k1) {
    constexpr int BK = 32, WX = BN / WN, THREADS = WX * (BM / WM) * 32, MI = WM / 16, NI = WN / 8;
    constexpr int LA = SA::kc() ? BK + 8 : BM + 8, LB = SB::kc() ? BK + 8 : BN + 8; // row lengths
    union Shared {
        struct {
            u16 a[2][(SA::kc() ? BM : BK) * LA], b[2][(SB::kc() ? BN : BK) * LB];
        } tiles;
        float slab[slab_rows<BM, WM>() * slab_row<BN>()];
    };
    __shared__ __attribute__((aligned(16))) Shared shared;
    auto &As = shared.tiles.a;
    auto &Bs = shared.tiles.b;
    const int tid = threadIdx.x, lane = tid & 31, wm = tid / 32 / WX * WM, wn = tid / 32 % WX * WN;
    a.clip(k1);
    b.clip(k1);
    Feed<BM, BK, THREADS, SA, typename SA::Number> feedA;
    Feed<BN, BK, THREADS, SB, typename SB::Number> feedB;
    float acc[MI][NI][4] = {};

    // Where this lane's row of an ldmatrix begins: the four 8×8 tiles of A are
    // (i, k), (i+8, k), (i, k+8), (i+8, k+8), of B (j, k), (j, k+8), (j+8, k), (j+8, k+8).
    const int first = lane & 15, second = lane >> 4 << 3; // 0..15, and 0 or 8
    const int third = (lane & 7) + second, fourth = lane & 8;
    const u32 fromA =
        shared_address(As[0]) + 2 * (SA::kc() ? (wm + first) * LA + second : third * LA + wm + fourth);
    const u32 fromB =
        shared_address(Bs[0]) + 2 * (SB::kc() ? (wn + third) * LB + fourth : first * LB + wn + second);

    for (int k = k0 - BK, buf = 1; k < k1; k += BK, buf ^= 1) { // the first round only fetches
        const bool more = k + BK < k1;
        if (more) {
            feedA.begin(As[buf ^ 1], a, m0, k + BK);
            feedB.begin(Bs[buf ^ 1], b, n0, k + BK);
        }
        const u32 pa = fromA + buf * sizeof As[0], pb = fromB + buf * sizeof Bs[0];
#pragma unroll
        for (int kk = 0; kk < BK; kk += 16) {
            if (k < k0) break;
            u32 fa[MI][4], fb[NI / 2][4];
#pragma unroll
            for (int i = 0; i < MI; i++)
                ldmatrix4<!SA::kc()>(fa[i], pa + 2 * (SA::kc() ? i * 16 * LA + kk : kk * LA + i * 16));
#pragma unroll
            for (int j = 0; j < NI / 2; j++)
                ldmatrix4<!SB::kc()>(fb[j], pb + 2 * (SB::kc() ? j * 16 * LB + kk : kk * LB + j * 16));
#pragma unroll
            for (int i = 0; i < MI; i++)
#pragma unroll
                for (int j = 0; j < NI; j++) mma_bf16(acc[i][j], fa[i], &fb[j / 2][j % 2 * 2]);
        }
        if (more) {
            feedA.end(As[buf ^ 1]);
            feedB.end(Bs[buf ^ 1]);
        }
        __syncthreads(); // those tiles are here, and all are done with these
    }
    finish_fragments<BM, BN, WM, WN>(t, shared.slab, acc, m0, n0);
}

extern __shared__ __attribute__((aligned(16))) float dynamic_shared[];

// Floats of one tile of a source: rows of BK + 4 or B + 8.
template <class S>
constexpr int tile_floats(int B, int BK) {
    return S::kc() ? B * (BK + 4) : BK * (B + 8);
}

// The TF32 core: 16 of K at a time through three buffers in dynamic shared
// memory, filled by cp.async two tiles ahead.
template <int BM, int BN, int WM, int WN, class SA, class SB>
DI void contract_tf32(SA a, SB b, Target t, int m0, int n0, int k0, int k1) {
    constexpr int BK = 16, STAGES = 3, WX = BN / WN, THREADS = WX * (BM / WM) * 32, MI = WM / 16, NI = WN / 8;
    constexpr int FA = tile_floats<SA>(BM, BK), FB = tile_floats<SB>(BN, BK);
    constexpr int LA = SA::kc() ? BK + 4 : BM + 8, LB = SB::kc() ? BK + 4 : BN + 8;
    float *As = dynamic_shared, *Bs = dynamic_shared + STAGES * FA;
    const int tid = threadIdx.x, lane = tid & 31, wm = tid / 32 / WX * WM, wn = tid / 32 % WX * WN;
    const int g = lane >> 2, q = lane & 3;
    a.clip(k1);
    b.clip(k1);
    float acc[MI][NI][4] = {};

    auto issue = [&](int k, int stage) INLINE {
        if (k < k1) {
            copy_tile<BM, BK, THREADS>(As + stage * FA, a, m0, k);
            copy_tile<BN, BK, THREADS>(Bs + stage * FB, b, n0, k);
        }
        copy_commit(); // an empty group keeps the count
    };
    for (int k = k0 - (STAGES - 1) * BK, stage = 1; k < k1;
         k += BK, stage = stage == STAGES - 1 ? 0 : stage + 1) {
        copy_wait<STAGES - 2>();
        __syncthreads(); // this tile is here, and all are done with the one before
        issue(k + (STAGES - 1) * BK, stage == 0 ? STAGES - 1 : stage - 1);
        if (k < k0) continue; // the first rounds only fetch
        const float *x = As + stage * FA, *y = Bs + stage * FB;
#pragma unroll
        for (int kk = 0; kk < BK; kk += 8) {
            u32 fa[MI][4], fb[NI][2];
#pragma unroll
            for (int i = 0; i < MI; i++)
#pragma unroll
                for (int e = 0; e < 4; e++) { // (g, q), (g+8, q), (g, q+4), (g+8, q+4)
                    const int row = wm + i * 16 + g + e % 2 * 8, col = kk + q + e / 2 * 4;
                    fa[i][e] = tf32(x[SA::kc() ? row * LA + col : col * LA + row]);
                }
#pragma unroll
            for (int j = 0; j < NI; j++)
#pragma unroll
                for (int e = 0; e < 2; e++) { // (q, g), (q+4, g)
                    const int row = wn + j * 8 + g, col = kk + q + e * 4;
                    fb[j][e] = tf32(y[SB::kc() ? row * LB + col : col * LB + row]);
                }
#pragma unroll
            for (int i = 0; i < MI; i++)
#pragma unroll
                for (int j = 0; j < NI; j++) mma_tf32(acc[i][j], fa[i], fb[j]);
        }
    }
    copy_wait<0>();
    __syncthreads(); // all are done with the last tiles
    finish_fragments<BM, BN, WM, WN>(t, dynamic_shared, acc, m0, n0);
}
