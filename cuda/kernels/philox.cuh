// Philox4x32-10, bit for bit package plan/philox: the numbers of sample s are a
// function of (seed, s, draw) alone. draw is a purpose with the number of the
// draw above its 8 bits.
#pragma once
#include "math.cuh"

struct Words {
    u32 w[4];
};

DI Words philox(u32 block, u64 sample, u32 draw, u32 seedLo, u32 seedHi) {
    u32 c0 = block, c1 = (u32)sample, c2 = (u32)(sample >> 32), c3 = draw;
#pragma unroll
    for (int r = 0; r < 10; r++) {
        const u64 p0 = (u64)c0 * 0xD2511F53u, p1 = (u64)c2 * 0xCD9E8D57u;
        c0 = (u32)(p1 >> 32) ^ c1 ^ seedLo;
        c1 = (u32)p1;
        c2 = (u32)(p0 >> 32) ^ c3 ^ seedHi;
        c3 = (u32)p0;
        seedLo += 0x9E3779B9u;
        seedHi += 0xBB67AE85u;
    }
    return Words{{c0, c1, c2, c3}};
}

// (⌊w/2⁹⌋ + ½)·2⁻²³, exact.
DI float uniform_f32(u32 w) { return ((float)(w >> 9) + 0.5f) * 1.1920928955078125e-07f; }

// Box–Muller: √(−2 ln u)·(cos 2πv, sin 2πv), u = (a + ½)·2⁻³², v = b·2⁻³². u near
// 1 is taken as 1 − w so that ln keeps its digits. Within 3 ulp of √(−2 ln u)
// of the float64 numbers.
DI float2 normal_pair_f32(u32 a, u32 b) {
    float log;
    if (a < 0x80000000u) {
        log = log_f32(((float)a + 0.5f) * 2.3283064365386963e-10f);
    } else {
        const float w = ((float)~a + 0.5f) * 2.3283064365386963e-10f; // in (0, ½]
        const bool small = w < 0.29289322f;
        log = log1p_k(small ? -w : fmaf(-2.0f, w, 1.0f), small ? 0.0f : -1.0f);
    }
    const float r = sqrtf(-2.0f * log);
    const u32 q = (b + 0x20000000u) >> 30;
    float s, c;
    sincos_quadrant((float)(int)(b - (q << 30)) * 1.46291807e-09f, q, &s, &c); // 2π·2⁻³²
    return float2{r * c, r * s};
}
