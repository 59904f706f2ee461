// Attention on tensor cores in bfloat16: see attention_tensor.cuh.
#include "attention_tensor.cuh"

struct BF16 {
    typedef u16 E;
    static constexpr int PAD = 8;
    static constexpr bool HALVES = true;

    static MEMBER void copy(E *p, const u16 *from) { copy_async16(p, from, true); }
    static MEMBER void store(E *p, float4 v) { *(uint2 *)p = uint2{bf16x2(v.x, v.y), bf16x2(v.z, v.w)}; }

    template <int NC, int D>
    static MEMBER void products(float (&s)[NC / 8][4], const E *a, const E *b) {
        const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
        const u32 pa = shared_address(a) + 2 * ((warp * 16 + (lane & 15)) * (D + PAD) + (lane >> 4 << 3));
        const u32 pb = shared_address(b) + 2 * (((lane & 7) + (lane >> 4 << 3)) * (D + PAD) + (lane & 8));
#pragma unroll
        for (int j = 0; j < NC / 8; j++) s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0.0f;
#pragma unroll 2
        for (int x = 0; x < D; x += 16) {
            u32 fa[4];
            ldmatrix4<false>(fa, pa + 2 * x);
#pragma unroll
            for (int j = 0; j < NC / 16; j++) {
                u32 fb[4];
                ldmatrix4<false>(fb, pb + 2 * (j * 16 * (D + PAD) + x));
                mma_bf16(s[2 * j], fa, fb);
                mma_bf16(s[2 * j + 1], fa, fb + 2);
            }
        }
    }

    template <int NC, int D>
    static MEMBER void accumulate(float (&o)[D / 8][4], const float (&p)[NC / 8][4], const E *v) {
        const int lane = threadIdx.x & 31;
        const u32 pv = shared_address(v) + 2 * ((lane & 15) * (D + PAD) + (lane >> 4 << 3));
#pragma unroll
        for (int k = 0; k < NC / 16; k++) {
            const u32 fa[4] = {bf16x2(p[2 * k][0], p[2 * k][1]), bf16x2(p[2 * k][2], p[2 * k][3]),
                               bf16x2(p[2 * k + 1][0], p[2 * k + 1][1]),
                               bf16x2(p[2 * k + 1][2], p[2 * k + 1][3])};
#pragma unroll
            for (int j = 0; j < D / 16; j++) {
                u32 fb[4];
                ldmatrix4<true>(fb, pv + 2 * (k * 16 * (D + PAD) + j * 16));
                mma_bf16(o[2 * j], fa, fb);
                mma_bf16(o[2 * j + 1], fa, fb + 2);
            }
        }
    }
};

ATTENTION(bf16, BF16, 32, 3, 3)
ATTENTION(bf16, BF16, 64, 3, 2)
ATTENTION(bf16, BF16, 128, 2, 2)
