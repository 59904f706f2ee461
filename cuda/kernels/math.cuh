// Elementary functions in float32, without a mathematics library: an argument
// reduction with exact products (fmaf), then a minimax polynomial whose error is
// below 2⁻²⁸ relative to the result, so that what is left is the rounding of
// the last two or three operations. At each function stands its largest error in
// ulp, against float64, over every 13th float32 (every 101st for sin and cos).
#pragma once
#include "dev.cuh"

// eˣ, 1.0 ulp. eˣ = 2ᵏ·eʳ, k = round(x/ln 2), |r| ≤ ½ ln 2, eʳ = 1 + (r + r²·q(r)). 2ᵏ is
// applied in two factors, so results below 2⁻¹²⁶ are rounded once more.
DI float exp_f32(float x) {
    const float magic = 12582912.0f; // 1.5·2²³: adding it rounds to an integer
    x = x > 89.0f ? 89.0f : x;       // e⁸⁹ = ∞ and e⁻¹⁰⁵ = 0 in float32; NaN stays
    x = x < -105.0f ? -105.0f : x;
    const float t = fmaf(x, 1.44269502f, magic);
    const float kf = t - magic;
    float r = fmaf(kf, -0.693115234f, x);
    r = fmaf(kf, -3.19461833e-05f, r);
    float q = 0.00138131692f;
    q = fmaf(q, r, 0.00836941879f);
    q = fmaf(q, r, 0.041668456f);
    q = fmaf(q, r, 0.166665152f);
    q = fmaf(q, r, 0.49999994f);
    const float e = fmaf(r * r, q, r) + 1.0f;
    const int k = (int)(__float_as_uint(t) - __float_as_uint(magic)), half = k >> 1;
    return e * __uint_as_float((u32)(half + 127) << 23) * __uint_as_float((u32)(k - half + 127) << 23);
}

// ln(1 + f) + k·ln 2 for √½ − 1 ≤ f ≤ √2 − 1.
DI float log1p_k(float f, float k) {
    const float f2 = f * f;
    float p = 0.0674724206f;
    p = fmaf(p, f, -0.116759129f);
    p = fmaf(p, f, 0.118880399f);
    p = fmaf(p, f, -0.124055386f);
    p = fmaf(p, f, 0.142195612f);
    p = fmaf(p, f, -0.166679993f);
    p = fmaf(p, f, 0.200021178f);
    p = fmaf(p, f, -0.250000089f);
    p = fmaf(p, f, 0.333333135f);
    float y = fmaf(f * p, f2, -0.5f * f2);
    y = fmaf(k, 3.19461833e-05f, y);
    return fmaf(k, 0.693115234f, f + y);
}

// ln x, 0.81 ulp. x = 2ᵏ·(1 + f). ln 0 = −∞, NaN below.
DI float log_f32(float x) {
    float k = 0.0f, y = x;
    if (y < 1.17549435e-38f) { // subnormal
        y *= 8388608.0f;
        k = -23.0f;
    }
    const u32 u = __float_as_uint(y);
    const int e = (int)(u - 0x3f3504f3u) >> 23; // 1 + f ≥ √½
    const float r = log1p_k(__uint_as_float(u - ((u32)e << 23)) - 1.0f, k + (float)e);
    if (x == 0.0f) return -INF_F32;
    if (x < 0.0f) return NAN_F32;
    return x < INF_F32 ? r : x; // ∞ and NaN
}

// sin and cos of q·π/2 + r, |r| ≤ π/4.
DI void sincos_quadrant(float r, u32 q, float *sin, float *cos) {
    const float z = r * r;
    float s = 2.71823728e-06f;
    s = fmaf(s, z, -0.000198393274f);
    s = fmaf(s, z, 0.00833332911f);
    s = fmaf(s, z, -0.166666672f);
    s = fmaf(s * z, r, r);
    float c = 2.44377297e-05f;
    c = fmaf(c, z, -0.00138873619f);
    c = fmaf(c, z, 0.0416666456f);
    c = fmaf(c, z, -0.5f);
    c = fmaf(c, z, 1.0f);
    const float a = q & 1 ? c : s, b = q & 1 ? s : c;
    *sin = q & 2 ? -a : a;
    *cos = (q + 1) & 2 ? -b : b;
}

// 2/π in base 2³², after a zero word.
__constant__ const u32 two_over_pi[8] = {0u,          0xa2f9836eu, 0x4e441529u, 0xfc2757d1u,
                                         0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu};

// Argument reduction of any finite |x| ≥ 2 (Payne and Hanek): x = m·2ˢ with a
// 24-bit m, and of 2/π only the 96 bits below weight 4·2⁻ˢ matter to the
// fraction of a turn.
DI float reduce_large(float x, u32 *quadrant) {
    const u32 u = __float_as_uint(x), e = u >> 23 & 255, m = (u & 0x7fffffu) | 0x800000u;
    const u32 pos = e - 120, i = pos >> 5, sh = pos & 31;
    const u32 w0 = two_over_pi[i], w1 = two_over_pi[i + 1], w2 = two_over_pi[i + 2], w3 = two_over_pi[i + 3];
    const u32 a0 = (u32)((((u64)w0 << 32 | w1) << sh) >> 32);
    const u32 a1 = (u32)((((u64)w1 << 32 | w2) << sh) >> 32);
    const u32 a2 = (u32)((((u64)w2 << 32 | w3) << sh) >> 32);
    const u64 turn = ((u64)(m * a0) << 32) + (u64)m * a1 + ((u64)m * a2 >> 32); // of 2⁶⁴
    const u64 q = (turn + ((u64)1 << 61)) >> 62;
    const float r = (float)(long long)(turn - (q << 62)) * 3.40612161e-19f; // 2π·2⁻⁶⁴
    const bool negative = u >> 31;
    *quadrant = (negative ? (u32) - (int)q : (u32)q) & 3;
    return negative ? -r : r;
}

// sin x and cos x, 1.5 ulp to |x| = 105615, 2.7 ulp for every other finite x.
DI void sincos_f32(float x, float *sin, float *cos) {
    u32 q;
    float r;
    if (fabsf(x) < 105615.0f) { // j < 2¹⁷: the products j·(π/2)₁ are exact
        const float magic = 12582912.0f, t = fmaf(x, 0.636619747f, magic), j = t - magic;
        q = __float_as_uint(t) & 3;
        r = fmaf(j, -1.57079637f, x);
        r = fmaf(j, 4.37113883e-08f, r);
        r = fmaf(j, 1.71512451e-15f, r);
    } else if (fabsf(x) < INF_F32) {
        r = reduce_large(x, &q);
    } else {
        *sin = *cos = NAN_F32;
        return;
    }
    sincos_quadrant(r, q, sin, cos);
}

// tanh x, 1.6 ulp: an odd polynomial to 0.55, then (1 − e⁻²ˣ)/(1 + e⁻²ˣ).
DI float tanh_f32(float x) {
    const float a = fabsf(x);
    if (a < 0.55f) {
        const float z = x * x;
        float p = -0.00590587268f;
        p = fmaf(p, z, 0.0208053887f);
        p = fmaf(p, z, -0.0537866838f);
        p = fmaf(p, z, 0.133319587f);
        p = fmaf(p, z, -0.333332986f);
        return fmaf(p * z, x, x);
    }
    const float t = exp_f32(-2.0f * a), y = (1.0f - t) / (1.0f + t);
    return x < 0.0f ? -y : y;
}

// 1/(1 + e⁻ˣ), 2.4 ulp, by e⁻|x| so that neither end loses digits.
DI float sigmoid_f32(float x) {
    const float t = exp_f32(-fabsf(x));
    return (x < 0.0f ? t : 1.0f) / (1.0f + t);
}

// x/(1 + e⁻ˣ), 3 ulp (and 2⁻¹⁴³ where e⁻|x| is subnormal); its limit at −∞ is −0.
DI float silu_f32(float x) {
    if (x == -INF_F32) return -0.0f;
    const float t = exp_f32(-fabsf(x));
    return (x < 0.0f ? x * t : x) / (1.0f + t);
}
