// The contraction of contract.cuh on the tensor cores of Hopper, operands bfloat16 in
// memory. Blocks are persistent: each takes every gridDim.x-th tile of C. Of a block's
// three warpgroups the last fetches and the first two multiply, each half of a tile's
// 128 rows. Between them is a ring of stages in shared memory, 64 of K of each operand,
// with two barriers a stage: full says that its numbers are there, empty that they
// have been read.
//
// A stage holds rows of 128 bytes, their 16-byte chunks swizzled as wgmma's mode of 128
// bytes has it: chunk c of row r lies at c ^ r%8, so neither the copies nor wgmma meet a
// bank twice. Where K is contiguous a row is one i or j with 64 of K; where it is not, a
// row is one k with 64 of i or j, and 64 rows are a box. A thread that fetches copies
// chunk t%8 of every 16th row from t/8 on, so that what it swizzles by is one constant.
// It copies with cp.async, 16 bytes at a time, zeros for what lies outside: bulk copies
// cannot swizzle, and maps of tensors, which can, cannot gather what a convolution reads.
#pragma once
#include "contract.cuh"
#include "mma.cuh"
#include "wgmma.cuh"

extern __shared__ __attribute__((aligned(16))) u8 hopper_shared[];

// The fixed sizes of a block for tiles of 128 by BN; the host's are in hopper.go.
template <int BN>
struct Ring {
    static constexpr int BM = 128, BK = 64, STAGES = BN == 256 ? 4 : 6;
    static constexpr u32 A = BM * BK * 2, STAGE = A + BN * BK * 2; // bytes
    static constexpr int COLUMNS = 32, LD = COLUMNS + 8;           // of a warp's slab
    static constexpr u32 SLABS = STAGES * STAGE, BARRIERS = SLABS + 8 * 16 * LD * 4;
};

// A descriptor of a matrix in shared memory, swizzled by 128 bytes: eight rows are 1024
// bytes; boxes, where there are several, are 8192 bytes.
DI u64 wgmma_matrix(u32 address) {
    return (u64)1 << 62 | (u64)(1024 >> 4) << 32 | (u64)(8192 >> 4) << 16 | (address & 0x3ffff) >> 4;
}

// The tiles of C in the order in which blocks take them: bands of eight tiles of rows, so
// that blocks that run at the same time share what they read; slices of K and matrices
// of a batch come one after the other.
struct Tile {
    int z, m, n;
    static MEMBER Tile at(int t, int rows, int columns) {
        constexpr int BAND = 8;
        const int z = t / (rows * columns), in = t - z * rows * columns, band = in / (BAND * columns);
        const int high = min_i(BAND, rows - band * BAND), of = in - band * BAND * columns;
        return Tile{z, band * BAND + of % high, of / high};
    }
};

// Where a thread that fetches is in the ring, and so are those that multiply.
template <int STAGES>
struct Turn {
    int stage = 0;
    u32 parity = 0;
    MEMBER void next() {
        if (++stage == STAGES) stage = 0, parity ^= 1;
    }
};

// A part of a stage, R of the outer extent by 64 of K, from s on its way.
template <int R, class S>
DI void fetch_part(u32 to, const S &s, int base, int k) {
    const int row = threadIdx.x % 128 / 8, chunk = threadIdx.x % 8;
    to += row * 128 + (chunk ^ row % 8) * 16;
#pragma unroll
    for (int q = 0; q < R / 16; q++) {
        bool in;
        const u16 *p = S::kc() ? s.at(base + row + q * 16, k + chunk * 8, in)
                               : s.at(k + row + q % 4 * 16, base + q / 4 * 64 + chunk * 8, in);
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to + q * 2048), "l"(in ? p : s.p),
                     "r"(in ? 16 : 0)
                     : "memory");
    }
}

// What was fetched DEPTH stages ago is there: the stage of turn is full.
template <int DEPTH>
DI void deliver(u32 full) {
    copy_wait<DEPTH>();
    async_fence();
    asm volatile("bar.warp.sync -1;" ::: "memory");
    if (threadIdx.x % 32 == 0) barrier_arrive(full);
}

// The sums of a warp's 16 rows to C, COLUMNS at a time by way of its slab.
template <int BN>
DI void finish_rows(const Target &t, float *slab, const float (&d)[BN / 2], int m0, int n0) {
    using L = Ring<BN>;
    const int lane = threadIdx.x % 32;
    float *mine = slab + (lane / 4) * L::LD + lane % 4 * 2;
#pragma unroll 1
    for (int part = 0; part < BN / L::COLUMNS; part++) {
        if (n0 + part * L::COLUMNS >= t.N) break;
#pragma unroll
        for (int j = 0; j < BN / 8; j++)
            if (j / (L::COLUMNS / 8) == part) {
                float *p = mine + j % (L::COLUMNS / 8) * 8;
                *(float2 *)p = float2{d[4 * j], d[4 * j + 1]};
                *(float2 *)(p + 8 * L::LD) = float2{d[4 * j + 2], d[4 * j + 3]};
            }
        asm volatile("bar.warp.sync -1;" ::: "memory");
        const int n = n0 + part * L::COLUMNS;
        if (t.template wide<4>())
            for (int id = lane; id < 16 * L::COLUMNS / 4; id += 32) {
                const int r = id / (L::COLUMNS / 4), c = id % (L::COLUMNS / 4) * 4;
                t.template put<4>(m0 + r, n + c, *(const Floats<4> *)(slab + r * L::LD + c));
            }
        else
            for (int r = 0; r < 16; r++) t.template put<1>(m0 + r, n + lane, {slab[r * L::LD + lane]});
        asm volatile("bar.warp.sync -1;" ::: "memory");
    }
}

// Every tile of a product: OPERANDS names the sources A and B and has a(z) and b(z) of
// matrix z < batch, and target(z·slices + slice). A slice of K has step of it, whole stages.
template <int BN, class OPERANDS>
DI void contract_hopper(const OPERANDS &of, int M, int N, int K, int batch, int slices, int step) {
    using L = Ring<BN>;
    using SA = typename OPERANDS::A;
    using SB = typename OPERANDS::B;
    const u32 skip = -shared_address(hopper_shared) & 1023; // the swizzle wants 1024 bytes
    const u32 base = shared_address(hopper_shared) + skip;
    const u32 full = base + L::BARRIERS, empty = full + 8 * L::STAGES;
    const int group = threadIdx.x / 128, warp = threadIdx.x / 32;
    const int rows = (M + L::BM - 1) / L::BM, columns = (N + BN - 1) / BN;
    const int tiles = rows * columns * batch * slices;
    if (threadIdx.x == 0)
        for (int s = 0; s < L::STAGES; s++) {
            barrier_init(full + 8 * s, 4);  // the warps that fetch
            barrier_init(empty + 8 * s, 8); // those that multiply
        }
    __syncthreads();
    Turn<L::STAGES> turn;
    if (group == 2) {
        fewer_registers<88>(); // 88 + 2·208 = 504 of the 512 that a thread of each may have
        constexpr int AHEAD = 2; // stages under way before one is waited for
        Turn<L::STAGES> there;
        int under = 0;
        for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
            const Tile at = Tile::at(tile, rows, columns);
            const int z = at.z / slices, k0 = (at.z - z * slices) * step, k1 = min_i(K, k0 + step);
            SA a = of.a(z);
            SB b = of.b(z);
            a.clip(k1);
            b.clip(k1);
            for (int k = k0; k < k1; k += L::BK) {
                barrier_wait(empty + 8 * turn.stage, turn.parity ^ 1);
                const u32 to = base + turn.stage * L::STAGE;
                fetch_part<L::BM>(to, a, at.m * L::BM, k);
                fetch_part<BN>(to + L::A, b, at.n * BN, k);
                copy_commit();
                turn.next();
                if (under == AHEAD) {
                    deliver<AHEAD>(full + 8 * there.stage);
                    there.next();
                } else {
                    under++;
                }
            }
        }
        copy_wait<0>();
        for (; under > 0; under--, there.next()) deliver<0>(full + 8 * there.stage);
        return;
    }
    more_registers<208>();
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const Tile at = Tile::at(tile, rows, columns);
        const int z = at.z / slices, k0 = (at.z - z * slices) * step, k1 = min_i(K, k0 + step);
        float d[BN / 2];
#pragma unroll
        for (int i = 0; i < BN / 2; i++) d[i] = 0.0f;
        u32 before = 0; // the barrier of the stage that is still read
        for (int k = k0; k < k1; k += L::BK) {
            barrier_wait(full + 8 * turn.stage, turn.parity);
            const u32 stage = base + turn.stage * L::STAGE;
            const u64 ma = wgmma_matrix(stage + group * 8192), mb = wgmma_matrix(stage + L::A);
            wgmma_fence();
#pragma unroll
            for (int kk = 0; kk < L::BK / 16; kk++)
                wgmma_bf16<!SA::kc(), !SB::kc()>(d, ma + kk * (SA::kc() ? 32 : 2048) / 16,
                                                 mb + kk * (SB::kc() ? 32 : 2048) / 16);
            wgmma_commit();
            wgmma_wait<1>();
            if (before && threadIdx.x % 32 == 0) barrier_arrive(before);
            before = empty + 8 * turn.stage;
            turn.next();
        }
        wgmma_sums(d);
        if (threadIdx.x % 32 == 0) barrier_arrive(before);
        float *slab = (float *)(hopper_shared + skip + L::SLABS) + warp * 16 * L::LD;
        finish_rows<BN>(of.target(at.z), slab, d, at.m * L::BM + warp * 16, at.n * BN);
    }
}
