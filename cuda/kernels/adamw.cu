// The optimiser: AdamW with the running average, the clip that guards it, and the
// bfloat16 copy of the weights that products read where a plan is bf16.
#include "dev.cuh"

// With G = scale·g, hyper = (lr, c1, c2, 1−ema):
//
//	m ← β₁m + (1−β₁)G        v ← β₂v + (1−β₂)G²
//	w ← w − lr·decay·w − lr·(c1·m)/(√(c2·v) + ε)     decay: i < decayLen
//	avg ← avg + (1−ema)(w − avg)
//	copy ← w in bfloat16, unless copy is 0
//
// Nothing is written if scale is NaN. Reads 5 floats and writes 4 per weight:
// 36 bytes, 38 with the copy, and 18 FLOP, so it runs at memory speed. One thread
// per weight, grid-stride; the constants come from the host, 1−β rounded once.
KERNEL(256)
adamw_f32(float *w, float *m, float *v, float *avg, u16 *copy, const float *g, const float *scale,
          const float *hyper, u32 n, u32 decayLen, float beta1, float alpha1, float beta2, float alpha2,
          float eps, float decay) {
    const float k = scale[0], lr = hyper[0], c1 = hyper[1], c2 = hyper[2], ema = hyper[3];
    if (k != k) return;
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        const float G = k * g[i];
        const float mi = fmaf(beta1, m[i], alpha1 * G), vi = fmaf(beta2, v[i], alpha2 * G * G);
        const float step = (c1 * mi) / (sqrtf(c2 * vi) + eps);
        const float wi = fmaf(-lr, i < decayLen ? fmaf(decay, w[i], step) : step, w[i]);
        m[i] = mi;
        v[i] = vi;
        w[i] = wi;
        avg[i] = fmaf(ema, wi - avg[i], avg[i]);
        if (copy) copy[i] = bf16(wi);
    }
}

// avg ← avg + hyper[k]·(w − avg), for averages beside the first: after adamw_f32, whose
// w and scale these are. Nothing is written if scale is NaN. Reads 2 floats and writes 1
// per weight: 12 bytes and 3 FLOP. One thread per weight, grid-stride.
KERNEL(256)
average_f32(float *avg, const float *w, const float *scale, const float *hyper, u32 n, u32 k) {
    const float rate = hyper[k];
    if (scale[0] != scale[0]) return;
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        avg[i] = fmaf(rate, w[i] - avg[i], avg[i]);
}

// copy ← w in bfloat16, for weights that the host has written: 6 bytes a weight.
// One thread per weight, grid-stride.
KERNEL(256) round_bf16(u16 *copy, const float *w, u32 n) {
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        copy[i] = bf16(w[i]);
}

// The record and the scale, as plan.ClipControl says. log is [1+2·slots]; one
// thread. A slot out of range is not written.
KERNEL(32)
clip_f32(float *scale, float *log, const float *loss, const float *gg, const float *control, int slots,
         float max) {
    if (threadIdx.x != 0) return;
    const float l = loss[0], n2 = gg[0], slot = control[0], failed = log[0], norm = sqrtf(n2);
    if (failed == 0.0f && slot >= 0.0f && slot < (float)slots) {
        const int k = (int)slot;
        log[1 + 2 * k] = l;
        log[2 + 2 * k] = norm;
    }
    if (failed != 0.0f || l - l != 0.0f || n2 - n2 != 0.0f) {
        log[0] = failed + 1.0f;
        scale[0] = NAN_F32;
        return;
    }
    scale[0] = max > 0.0f && norm > max ? max / norm : 1.0f;
}
