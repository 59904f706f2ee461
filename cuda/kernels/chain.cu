// A plan's Chain: any run of pointwise operators, views and random sources in
// one pass over memory. The chain is data (Program), so there is one kernel: it
// is an interpreter whose every thread runs the same instructions on its own
// four neighbouring elements, and nothing diverges.
//
// Each operand is read and each result written once: 4 bytes per element and
// plain argument. For a warp, 128 elements, the emulator counts 36 instructions
// for a plain load, 24 for an addition, 178 for SiLU and 430 for Normal with its
// Philox block. Registers are columns of shared memory (16 bytes per thread and
// register, free of bank conflicts), 128 threads, grid-stride over ⌈len/4⌉ quads.
//
// With a Normal source this is also the kernel that draws the noise, corrupts
// the batch and forms the target in one pass.
#include "philox.cuh"

// The numbers of the instructions (Code), those of the ways a view lies in memory
// (Mode), and the limits of a chain are written once, in program.go: for this file, and
// for the Go that encodes a Program.
//
// Instructions are ordered by the registers they read: none before SCALE, but for
// STORE, which reads one; one from SCALE on; two from ADD on. The kernel tells them
// apart by that.
#include "chain.cuh"

// dst ← code(a, b), registers as offsets in bytes from a thread's first. LOAD,
// STORE: b is a view, and STORE's register is a. UNIFORM, NORMAL: b is a source.
// FILL, SCALE, SHIFT: b is the constant's bits.
struct alignas(16) Instr {
    u32 code, dst, a, b;
};

// How four neighbours of a view lie: plain in memory, 16-byte aligned; rows of
// 4·j elements, each quad plain and aligned within one; rows of 4·j elements of
// one value each; anything. They are the modes PLAIN, ROWS, SPLAT and ANY
// of a View. HALF more is the mode of one that is stored, in bfloat16, quads
// 8-byte aligned.

// Index i of the chain is coordinate (i / Πdims below) mod dim on each axis,
// last axis fastest; the outermost is not reduced. No axis has extent 1.
struct View {
    float *p;
    u32 mode, axes;
    u32 dim[MAX_AXES], mul[MAX_AXES], shift[MAX_AXES], stride[MAX_AXES];
};

// rows [n, 3] says what each row of the result draws: the low and the high 24 bits
// of the sample's number, and the number of the draw.
struct Source {
    const float *rows;
    u32 row, mul, shift, purpose, seedLo, seedHi;
};

struct Program {
    u32 len, count, pad[2];
    Instr code[MAX_CODE];
    View view[MAX_VIEWS];
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

// The same of a view whose numbers are bfloat16 in memory.
DI void store_half(const View &v, u32 i, u32 n, float4 x) {
    const u32 mode = n == 4 ? v.mode - HALF : (u32)ANY;
    u16 *p = (u16 *)v.p;
    const u32 lo = bf16(x.x) | (u32)bf16(x.y) << 16, hi = bf16(x.z) | (u32)bf16(x.w) << 16;
    if (mode == PLAIN || mode == ROWS) {
        *(uint2 *)(p + (mode == PLAIN ? i : offset_of(v, i))) = uint2{lo, hi};
        return;
    }
    p[offset_of(v, i)] = (u16)lo;
    if (n > 1) p[offset_of(v, i + 1)] = (u16)(lo >> 16);
    if (n > 2) p[offset_of(v, i + 2)] = (u16)hi;
    if (n > 3) p[offset_of(v, i + 3)] = (u16)(hi >> 16);
}

DI void store_view(const View &v, u32 i, u32 n, float4 x) {
    if (v.mode >= HALF) return store_half(v, i, n, x);
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

// Four elements, from e = 4·block on, of what a row draws.
DI Words words(const Source &s, u32 row, u32 block) {
    const float *r = s.rows + 3 * row;
    const u64 sample = (u64)(u32)r[0] + ((u64)(u32)r[1] << 24);
    return philox(block, sample, s.purpose | (u32)r[2] << 8, s.seedLo, s.seedHi);
}

DI float draw(const Source &s, u32 i, bool normal) {
    const u32 row = quotient(i, s.row, s.mul, s.shift), e = i - row * s.row;
    const Words w = words(s, row, e / 4);
    const bool high = e & 2, odd = e & 1;
    const u32 a = high ? w.w[2] : w.w[0], b = high ? w.w[3] : w.w[1];
    if (!normal) return uniform_f32(odd ? b : a);
    const float2 z = normal_pair_f32(a, b);
    return odd ? z.y : z.x;
}

// A quad within one row of a multiple of 4 elements is one Philox block.
DI float4 draw4(const Source &s, u32 i, u32 n, bool normal) {
    if (s.row % 4 == 0) {
        const u32 row = quotient(i, s.row, s.mul, s.shift);
        const Words w = words(s, row, (i - row * s.row) / 4);
        if (!normal)
            return float4{uniform_f32(w.w[0]), uniform_f32(w.w[1]), uniform_f32(w.w[2]), uniform_f32(w.w[3])};
        const float2 p = normal_pair_f32(w.w[0], w.w[1]), q = normal_pair_f32(w.w[2], w.w[3]);
        return float4{p.x, p.y, q.x, q.y};
    }
    float4 x = zero4();
    for (u32 j = 0; j < 4; j++) // rotates x: after four turns each is in its place
        x = float4{x.y, x.z, x.w, j < n ? draw(s, i + j, normal) : 0.0f};
    return x;
}

// Registers are read and written whole, by address: left to itself the compiler
// moves parts of a read into the branches, and four narrow reads conflict.
DI float4 read_register(u32 address) {
    float4 v;
    asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w)
                 : "r"(address));
    return v;
}
DI void write_register(u32 address, float4 v) {
    asm volatile("st.shared.v4.f32 [%0], {%1, %2, %3, %4};" ::"r"(address), "f"(v.x), "f"(v.y), "f"(v.z),
                 "f"(v.w));
}

DI float add(float a, float b) { return a + b; }
DI float sub(float a, float b) { return a - b; }
DI float mul(float a, float b) { return a * b; }
DI float div(float a, float b) { return a / b; }
DI float less(float a, float b) { return a < b ? 1.0f : 0.0f; }
DI float recip(float a) { return 1.0f / a; }

DI float4 four(float a, float b, float c, float d) { return float4{a, b, c, d}; }
#define MAP(F) four(F(x.x), F(x.y), F(x.z), F(x.w))
#define MAP2(F) four(F(x.x, y.x), F(x.y, y.y), F(x.z, y.z), F(x.w, y.w))

DI float4 apply2(u32 code, float4 x, float4 y) {
    switch (code) {
    case ADD: return MAP2(add);
    case SUB: return MAP2(sub);
    case MUL: return MAP2(mul);
    case DIV: return MAP2(div);
    case MIN: return MAP2(min_nan);
    case MAX: return MAP2(max_nan);
    default: return MAP2(less);
    }
}

// sin and cos go one element at a time: the reduction is long, and rarely needed.
DI float4 apply_trig(u32 code, float4 x) {
    for (int j = 0; j < 4; j++) { // rotates x: after four turns each is done
        float s, c;
        sincos_f32(x.x, &s, &c);
        x = float4{x.y, x.z, x.w, code == SIN ? s : c};
    }
    return x;
}

DI float4 apply1(u32 code, float imm, float4 x) {
    switch (code) {
    case SCALE: return float4{imm * x.x, imm * x.y, imm * x.z, imm * x.w};
    case SHIFT: return float4{x.x + imm, x.y + imm, x.z + imm, x.w + imm};
    case RECIP: return MAP(recip);
    case SQRT: return MAP(sqrtf);
    case EXP: return MAP(exp_f32);
    case LOG: return MAP(log_f32);
    case TANH: return MAP(tanh_f32);
    case SIGMOID: return MAP(sigmoid_f32);
    case SILU: return MAP(silu_f32);
    default: return apply_trig(code, x);
    }
}

extern __shared__ __attribute__((aligned(16))) float4 registers[];

KERNEL(128) chain_f32(const Program *program) {
    const u32 own = shared_address(registers + threadIdx.x);
    const u32 len = program->len, count = program->count;
    for (u32 i = (blockIdx.x * 128 + threadIdx.x) * 4; i < len; i += gridDim.x * 512) {
        const u32 n = len - i < 4 ? len - i : 4;
        for (u32 pc = 0; pc < count; pc++) {
            const Instr in = program->code[pc];
            float4 v;
            if (in.code >= ADD) {
                v = apply2(in.code, read_register(own + in.a), read_register(own + in.b));
            } else if (in.code >= SCALE) {
                v = apply1(in.code, __uint_as_float(in.b), read_register(own + in.a));
            } else if (in.code == LOAD) {
                v = load_view(program->view[in.b], i, n);
            } else if (in.code == STORE) {
                store_view(program->view[in.b], i, n, read_register(own + in.a));
                continue;
            } else if (in.code == FILL) {
                const float imm = __uint_as_float(in.b);
                v = float4{imm, imm, imm, imm};
            } else {
                v = draw4(program->source[in.b], i, n, in.code == NORMAL);
            }
            write_register(own + in.dst, v);
        }
    }
}
