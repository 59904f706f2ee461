// Attention on tensor cores in TF32: see attention_tensor.cuh.
#include "attention_tensor.cuh"

// The fragment of a product has columns 2q and 2q + 1 of its 8, that of a left
// operand q and q + 4. Which is which does not matter to a sum, as long as the
// rows of v are taken in the same order.
struct TF32 {
    typedef u32 E;
    static constexpr int PAD = 4;
    static constexpr bool HALVES = false;

    static MEMBER void copy(E *, const u16 *) {} // no tensor is bfloat16 in memory
    static MEMBER void store(E *p, float4 v) {
        store4((float *)p, float4{__uint_as_float(tf32(v.x)), __uint_as_float(tf32(v.y)),
                                  __uint_as_float(tf32(v.z)), __uint_as_float(tf32(v.w))});
    }

    template <int NC, int D>
    static MEMBER void products(float (&s)[NC / 8][4], const E *a, const E *b) {
        const int lane = threadIdx.x & 31, at = (lane >> 2) * (D + PAD) + (lane & 3);
        a += (threadIdx.x >> 5) * 16 * (D + PAD) + at;
        b += at;
#pragma unroll
        for (int j = 0; j < NC / 8; j++) s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0.0f;
#pragma unroll 2
        for (int x = 0; x < D; x += 8) {
            const u32 fa[4] = {a[x], a[x + 8 * (D + PAD)], a[x + 4], a[x + 8 * (D + PAD) + 4]};
#pragma unroll
            for (int j = 0; j < NC / 8; j++) {
                const u32 fb[2] = {b[j * 8 * (D + PAD) + x], b[j * 8 * (D + PAD) + x + 4]};
                mma_tf32(s[j], fa, fb);
            }
        }
    }

    template <int NC, int D>
    static MEMBER void accumulate(float (&o)[D / 8][4], const float (&p)[NC / 8][4], const E *v) {
        const int lane = threadIdx.x & 31;
        v += (lane & 3) * 2 * (D + PAD) + (lane >> 2);
#pragma unroll
        for (int k = 0; k < NC / 8; k++) {
            const u32 fa[4] = {tf32(p[k][0]), tf32(p[k][2]), tf32(p[k][1]), tf32(p[k][3])};
#pragma unroll
            for (int j = 0; j < D / 8; j++) {
                const u32 fb[2] = {v[k * 8 * (D + PAD) + j * 8], v[(k * 8 + 1) * (D + PAD) + j * 8]};
                mma_tf32(o[j], fa, fb);
            }
        }
    }
};

ATTENTION(tf32, TF32, 32, 3, 3)
ATTENTION(tf32, TF32, 64, 3, 3)
ATTENTION(tf32, TF32, 128, 2, 2)
