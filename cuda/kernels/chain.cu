// A plan's Chain: any run of pointwise operators, views and random sources in
// one pass over memory. The chain is data (Program), so there is one kernel: it
// is an interpreter whose every thread runs the same instructions on its own
// four neighbouring elements, and nothing diverges.
//
// Each operand is read and each result written once: 4 bytes per element and
// plain argument. An instruction costs about 15 issue slots per 4 elements, so
// chains of up to a few dozen instructions run at memory speed. Registers are
// columns of shared memory (16 bytes per thread and register, free of bank
// conflicts), 128 threads, grid-stride over ⌈len/4⌉ quads.
//
// With a Normal source this is also the kernel that draws the noise, corrupts
// the batch and forms the target in one pass.
#include "philox.cuh"

// The operators: plan's pointwise kinds, with the executor's numbers.
enum Code : u8 {
    LOAD, STORE, SCALE, SHIFT, FILL, EXP, LOG, SQRT, RECIP, SIN, COS, TANH, SIGMOID, SILU,
    ADD, SUB, MUL, DIV, MIN, MAX, LESS, UNIFORM, NORMAL
};

// dst ← code(a, b). LOAD: a is a view. STORE: a is a view, b the register.
// UNIFORM, NORMAL: a is a source.
struct Instr {
    u8 code, dst, a, b;
    float imm;
};

// How four neighbours of a view lie: plain in memory, 16-byte aligned; rows of
// 4·j elements, each quad plain and aligned within one; rows of 4·j elements of
// one value each; anything.
enum Mode : u32 { PLAIN, ROWS, SPLAT, ANY };

// Index i of the chain is coordinate (i / Πdims below) mod dim on each axis,
// last axis fastest; the outermost is not reduced. No axis has extent 1.
struct View {
    float *p;
    u32 mode, axes;
    u32 dim[6], mul[6], shift[6], stride[6];
};

// Row i/row of the draw is sample lo + 2²⁴·hi + first + i/row.
struct Source {
    const float *lo, *hi;
    u32 row, mul, shift, purpose, seedLo, seedHi, firstLo, firstHi;
};

struct Program {
    u32 len, count, views, sources;
    Instr code[64];
    View view[18];
    Source source[1]; // sources of them
};

DI u32 offset_of(const View &v, u32 i) {
    u32 e = 0;
    for (int k = (int)v.axes - 1; k > 0; k--) {
        const u32 q = quotient(i, v.dim[k], v.mul[k], v.shift[k]);
        e += (i - q * v.dim[k]) * v.stride[k];
        i = q;
    }
    return e + i * v.stride[0];
}

// The quad at i, of which the first n elements exist.
DI float4 load_view(const View &v, u32 i, u32 n) {
    const u32 mode = n == 4 ? v.mode : (u32)ANY;
    if (mode == PLAIN) return load4(v.p + i);
    if (mode == ROWS) return load4(v.p + offset_of(v, i));
    if (mode == SPLAT) {
        const float x = v.p[offset_of(v, i)];
        return float4{x, x, x, x};
    }
    const u32 last = i + n - 1;
    return float4{v.p[offset_of(v, i)], v.p[offset_of(v, i + 1 < last ? i + 1 : last)],
                  v.p[offset_of(v, i + 2 < last ? i + 2 : last)], v.p[offset_of(v, last)]};
}

DI void store_view(const View &v, u32 i, u32 n, float4 x) {
    const u32 mode = n == 4 ? v.mode : (u32)ANY;
    if (mode == PLAIN || mode == ROWS) {
        store4(v.p + (mode == PLAIN ? i : offset_of(v, i)), x);
        return;
    }
    v.p[offset_of(v, i)] = x.x;
    if (n > 1) v.p[offset_of(v, i + 1)] = x.y;
    if (n > 2) v.p[offset_of(v, i + 2)] = x.z;
    if (n > 3) v.p[offset_of(v, i + 3)] = x.w;
}

DI float draw(const Source &s, u64 first, u32 i, bool normal) {
    const u32 row = quotient(i, s.row, s.mul, s.shift), e = i - row * s.row;
    const Words w = philox(e / 4, first + row, s.purpose, s.seedLo, s.seedHi);
    const bool high = e & 2, odd = e & 1;
    const u32 a = high ? w.w[2] : w.w[0], b = high ? w.w[3] : w.w[1];
    if (!normal) return uniform_f32(odd ? b : a);
    const float2 z = normal_pair_f32(a, b);
    return odd ? z.y : z.x;
}

// A quad within one row of a multiple of 4 elements is one Philox block.
DI float4 draw4(const Source &s, u32 i, u32 n, bool normal) {
    const u64 first = (u64)*s.lo + ((u64)*s.hi << 24) + ((u64)s.firstHi << 32 | s.firstLo);
    if (s.row % 4 == 0) {
        const u32 row = quotient(i, s.row, s.mul, s.shift);
        const Words w = philox((i - row * s.row) / 4, first + row, s.purpose, s.seedLo, s.seedHi);
        if (!normal) return float4{uniform_f32(w.w[0]), uniform_f32(w.w[1]), uniform_f32(w.w[2]), uniform_f32(w.w[3])};
        const float2 p = normal_pair_f32(w.w[0], w.w[1]), q = normal_pair_f32(w.w[2], w.w[3]);
        return float4{p.x, p.y, q.x, q.y};
    }
    float4 x = zero4();
    for (u32 j = 0; j < 4; j++) // rotates x: after four turns each is in its place
        x = float4{x.y, x.z, x.w, j < n ? draw(s, first, i + j, normal) : 0.0f};
    return x;
}

#define EACH(E) float4{E(x.x, y.x), E(x.y, y.y), E(x.z, y.z), E(x.w, y.w)}

DI float4 apply(u8 code, float imm, float4 x, float4 y) {
#define UNARY(F) [](float a, float) INLINE { return F(a); }
    switch (code) {
    case ADD: { auto f = [](float a, float b) INLINE { return a + b; }; return EACH(f); }
    case MUL: { auto f = [](float a, float b) INLINE { return a * b; }; return EACH(f); }
    case SUB: { auto f = [](float a, float b) INLINE { return a - b; }; return EACH(f); }
    case SCALE: { auto f = [=](float a, float) INLINE { return imm * a; }; return EACH(f); }
    case SHIFT: { auto f = [=](float a, float) INLINE { return a + imm; }; return EACH(f); }
    case FILL: return float4{imm, imm, imm, imm};
    case DIV: { auto f = [](float a, float b) INLINE { return a / b; }; return EACH(f); }
    case MIN: { auto f = [](float a, float b) INLINE { return min_nan(a, b); }; return EACH(f); }
    case MAX: { auto f = [](float a, float b) INLINE { return max_nan(a, b); }; return EACH(f); }
    case LESS: { auto f = [](float a, float b) INLINE { return a < b ? 1.0f : 0.0f; }; return EACH(f); }
    case RECIP: { auto f = [](float a, float) INLINE { return 1.0f / a; }; return EACH(f); }
    case SQRT: { auto f = UNARY(sqrtf); return EACH(f); }
    case EXP: { auto f = UNARY(exp_f32); return EACH(f); }
    case LOG: { auto f = UNARY(log_f32); return EACH(f); }
    case TANH: { auto f = UNARY(tanh_f32); return EACH(f); }
    case SIGMOID: { auto f = UNARY(sigmoid_f32); return EACH(f); }
    default: { auto f = UNARY(silu_f32); return EACH(f); }
    }
}

// sin and cos, one element at a time: the reduction is long, and rarely needed.
DI float4 apply_trig(u8 code, float4 x) {
    for (int j = 0; j < 4; j++) { // rotates x: after four turns each is done
        float s, c;
        sincos_f32(x.x, &s, &c);
        x = float4{x.y, x.z, x.w, code == SIN ? s : c};
    }
    return x;
}

extern __shared__ __attribute__((aligned(16))) float4 registers[];

KERNEL(128) chain_f32(const Program *program) {
    float4 *R = registers + threadIdx.x;
    const u32 len = program->len, count = program->count;
    for (u32 i = (blockIdx.x * 128 + threadIdx.x) * 4; i < len; i += gridDim.x * 512) {
        const u32 n = len - i < 4 ? len - i : 4;
        for (u32 pc = 0; pc < count; pc++) {
            const Instr in = program->code[pc];
            if (in.code == LOAD) {
                R[in.dst * 128] = load_view(program->view[in.a], i, n);
            } else if (in.code == STORE) {
                store_view(program->view[in.a], i, n, R[in.b * 128]);
            } else if (in.code >= UNIFORM) {
                R[in.dst * 128] = draw4(program->source[in.a], i, n, in.code == NORMAL);
            } else if (in.code == SIN || in.code == COS) {
                R[in.dst * 128] = apply_trig(in.code, R[in.a * 128]);
            } else { // where there is no second operand the executor names the first; FILL names neither
                const float4 x = in.code == FILL ? zero4() : R[in.a * 128];
                R[in.dst * 128] = apply(in.code, in.imm, x, in.code >= ADD ? R[in.b * 128] : x);
            }
        }
    }
}
