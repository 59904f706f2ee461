// What a kernel author may write next, as clang makes PTX of it, unoptimised and
// optimised: calls through tables and virtual functions, structs by value, jump
// tables, variable-length arrays, wide integers, halves, atomics, printf, assert.
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define KERNEL extern "C" __attribute__((global)) void
#define CALLED __device__ __attribute__((noinline))
typedef unsigned u32;
typedef unsigned long long u64;
typedef long long i64;
typedef unsigned short u16;
typedef unsigned char u8;
typedef __SIZE_TYPE__ size_t;
struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
};
#include <__clang_cuda_builtin_vars.h>
extern "C" __device__ int vprintf(const char *, void *);
extern "C" __device__ void __assertfail(const char *, const char *, unsigned, const char *, size_t);
extern "C" __device__ void __cxa_pure_virtual() {}
__device__ void operator delete(void *, size_t) noexcept {}

__attribute__((constant)) int digits[8] = {3, 1, 4, 1, 5, 9, 2, 6};
__device__ float weights[4] = {0.5f, -1.5f, 1e-3f, 3.0f};
__device__ double third[2] = {1.0 / 3, -2};
struct Named {
    const char *name;
    int id;
    float *w;
};
__device__ Named names[2] = {{"one", 1, weights}, {"two", 2, weights + 2}};
__device__ u8 bytes[5] = {1, 2, 3, 4, 5};
__device__ bool flag = true;
__device__ u16 shorts[3] = {1, 2, 65535};

CALLED int add1(int x) { return x + 1; }
CALLED int mul3(int x) { return x * 3; }
CALLED int negate(int x) { return -x; }
typedef int (*Function)(int);
__device__ Function functions[3] = {add1, mul3, negate};

KERNEL by_table(int *out, int n) { out[threadIdx.x] = functions[threadIdx.x % 3](n); }

struct Base {
    int k;
    __device__ virtual int f(int x) = 0;
    __device__ virtual ~Base() {}
};
struct Times : Base {
    __device__ int f(int x) override { return x * k; }
};
struct Plus : Base {
    __device__ int f(int x) override { return x + k; }
};

KERNEL by_virtual(int *out, int n) {
    Times a;
    Plus b;
    a.k = threadIdx.x;
    b.k = n;
    Base *p = threadIdx.x & 1 ? (Base *)&a : (Base *)&b;
    out[threadIdx.x] = p->f(threadIdx.x + 1);
}

struct Big {
    int a[10];
    float b;
};
CALLED Big change(Big in, int x) {
    in.a[x & 7] += x;
    in.b *= 2;
    return in;
}

KERNEL by_value(int *out, int n) {
    Big b;
    for (int k = 0; k < 10; k++)
        b.a[k] = k * n;
    b.b = n;
    Big c = change(b, threadIdx.x);
    int s = (int)c.b;
    for (int k = 0; k < 10; k++)
        s += (k + 1) * c.a[k];
    out[threadIdx.x] = s;
}

KERNEL jumps(int *out, int n) {
    int r = 0;
    switch (threadIdx.x) {
    case 0: r = n; break;
    case 1: r = n * 3; break;
    case 2: r = n ^ 5; break;
    case 3: r = n / 7; break;
    case 4: r = n % 7; break;
    case 5: r = n << 3; break;
    case 6: r = -n;
    case 7: r += 4; break;
    default: r = 99;
    }
    out[threadIdx.x] = r + digits[threadIdx.x & 7];
}

KERNEL array(int *out, int n) {
    int *v = (int *)__builtin_alloca_with_align(n * 4, 128);
    for (int k = 0; k < n; k++)
        v[k] = k * threadIdx.x;
    int s = 0;
    for (int k = n - 1; k >= 0; k -= 2)
        s += v[k];
    out[threadIdx.x] = s;
}

KERNEL wide(u32 *out, int n) {
    int i = threadIdx.x;
    i64 x = n * 1000003ll + ((i64)i << 40), y = n - 17ll * i;
    u64 r = x / (y ? y : 1) + x % (y ? y : 1);
    r ^= (u64)x >> (n & 63);
    r += __builtin_popcountll(x) + __builtin_clzll(x | 1) + __builtin_ctz(n | 1) + __builtin_ffsll(y);
    r += __builtin_bitreverse32(n) + __builtin_bitreverse64(x) + __builtin_bswap32(n) + __builtin_bswap64(x);
    r += __builtin_rotateleft32(n, i & 31) + __builtin_rotateright64(x, i & 63);
    r ^= (u64)(((unsigned __int128)(u64)x * (u64)y) >> 64);
    unsigned __int128 z = (unsigned __int128)x * y + r;
    z -= (u64)n;
    r = (u64)z ^ (u64)(z >> 64);
    r += __builtin_elementwise_max(n, i) + __builtin_elementwise_add_sat(n << 20, i << 26) + __builtin_abs(n - 3 * i);
    r += bytes[i % 5] + shorts[i % 3] + flag;
    out[i] = (u32)(r ^ r >> 32);
}

KERNEL halves(u32 *out, int n) {
    int i = threadIdx.x;
    float z = n * 0.37f + i;
    _Float16 x = (_Float16)z;
    __bf16 y = (__bf16)(z * 3);
    double w = z;
    x = x * (_Float16)1.25f + (_Float16)z;
    y = y * (__bf16)z + (__bf16)2.0f;
    z = z * z - (float)x + (float)y;
    w = w / z + (double)(float)x;
    w = __builtin_fma(w, w, 1.0);
    z = __builtin_fminf(z, __builtin_floorf(z)) + __builtin_truncf(z) + __builtin_rintf(z) + __builtin_ceilf(z) +
        __builtin_copysignf(1.f, z) + (float)(int)z + (__builtin_isnan(z) ? 1 : 0) + __builtin_fmaxf(z, 0);
    w = __builtin_sqrt(w) + __builtin_fabs(w) + (double)(i64)w + __builtin_floor(w) + third[i & 1];
    u64 bits = __builtin_bit_cast(u64, w);
    out[i] = __builtin_bit_cast(u32, z) ^ (u32)(bits ^ bits >> 32) ^ __builtin_bit_cast(u16, x) ^
             __builtin_bit_cast(u16, y) << 16;
}

KERNEL atomics(u32 *out, int n) {
    int i = threadIdx.x;
    __shared__ u32 p[16];
    __shared__ float f;
    __shared__ double d;
    __shared__ u64 q[2];
    if (i < 16)
        p[i] = n;
    if (i == 0)
        f = 0, d = 0, q[0] = 0, q[1] = n;
    __nvvm_bar_sync(0);
    __atomic_fetch_add(p, i, __ATOMIC_RELAXED);
    __atomic_fetch_max((int *)p + 1, i, __ATOMIC_SEQ_CST);
    __atomic_fetch_xor(p + 2, i * i, __ATOMIC_ACQ_REL);
    __atomic_fetch_sub(p + 3, 2, __ATOMIC_RELEASE);
    __atomic_fetch_and(p + 4, ~(1 << i), __ATOMIC_RELAXED);
    __atomic_fetch_or(p + 5, 1 << i, __ATOMIC_ACQUIRE);
    u32 e = __atomic_load_n(p + 6, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(p + 6, &e, e * 2 + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    }
    __atomic_fetch_add(&f, 1.5f, __ATOMIC_RELAXED);
    __atomic_fetch_add(&d, 0.25, __ATOMIC_RELAXED);
    __atomic_fetch_add(q, 1ull << 33, __ATOMIC_RELAXED);
    __atomic_fetch_min(q + 1, (u64)i, __ATOMIC_RELAXED);
    __nvvm_atom_inc_gen_ui(p + 7, 40);
    __nvvm_atom_dec_gen_ui(p + 8, 40);
    __nvvm_membar_gl();
    __nvvm_bar_sync(0);
    if (i < 9)
        out[i] = p[i];
    if (i == 9)
        out[9] = (u32)f, out[10] = (u32)(d * 4), out[11] = (u32)(q[0] >> 33), out[12] = (u32)q[1];
}

KERNEL text(int *out, int n) {
    struct {
        int a;
        double b;
        const char *c;
    } args = {n, n * 0.5, names[n & 1].name};
    out[threadIdx.x] = vprintf("%d %.3f %s\n", &args);
    if (n > 5)
        __assertfail("n <= 5", "author.cu", 211, "text", 1);
}
