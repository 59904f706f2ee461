// The device as the kernels see it: the same text compiles with clang alone (no
// toolkit) and with NVRTC. Everything a kernel may use beyond C++ is here.
//
// Contraction of a·b + c is off in both compilers: where a kernel wants one
// rounding it says fmaf, so a result is a function of the source.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define DI static __attribute__((device)) inline __attribute__((always_inline))
#define MEMBER __attribute__((device)) inline __attribute__((always_inline))
#define INLINE __attribute__((always_inline))
typedef __SIZE_TYPE__ size_t;
struct uint3 {
    unsigned x, y, z;
};
struct dim3 {
    unsigned x, y, z;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
#include <__clang_cuda_builtin_vars.h>
DI float fmaf(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
DI float sqrtf(float x) { return __nvvm_sqrt_rn_f(x); }
DI float fabsf(float x) { return __builtin_fabsf(x); }
DI int __clz(int x) { return __builtin_clz(x); }
DI u32 __umulhi(u32 a, u32 b) { return __nvvm_mulhi_ui(a, b); }
DI u32 __float_as_uint(float x) { return __builtin_bit_cast(u32, x); }
DI float __uint_as_float(u32 x) { return __builtin_bit_cast(float, x); }
DI float __shfl_xor_sync(u32 mask, float v, int lane) { return __nvvm_shfl_sync_bfly_f32(mask, v, lane, 31); }
DI u32 __shfl_xor_sync(u32 mask, u32 v, int lane) { return __nvvm_shfl_sync_bfly_i32(mask, v, lane, 31); }
#else
#define DI static __device__ __forceinline__
#define MEMBER __device__ __forceinline__
#define INLINE
#endif

// DI is a device function, MEMBER one of a struct, INLINE marks a lambda: all
// are inlined, so that structs and small arrays stay in registers.

// Kernels have C names. KERNEL(B): blocks of up to B threads. KERNEL(B, N): and a
// multiprocessor has room for N of them, to which registers are kept, and used.
#define KERNEL(...) extern "C" __global__ void __launch_bounds__(__VA_ARGS__)

#define ALL_LANES 0xffffffffu
#define NAN_F32 __uint_as_float(0x7fc00000u)
#define INF_F32 __uint_as_float(0x7f800000u)

// x as bfloat16, to nearest even and any NaN as 7fff: what cvt.rn.bf16x2 does,
// which takes compute capability 8.0. And the number that b is.
DI u16 bf16(float x) {
    const u32 b = __float_as_uint(x);
    return x != x ? 0x7fff : (u16)((b + 0x7fff + (b >> 16 & 1)) >> 16);
}
DI float widen(u16 b) { return __uint_as_float((u32)b << 16); }

DI int min_i(int a, int b) { return a < b ? a : b; }
DI bool aligned16(const void *p) { return ((size_t)p & 15) == 0; }
DI float4 zero4() { return float4{0.0f, 0.0f, 0.0f, 0.0f}; }
DI float4 load4(const float *p) { return *(const float4 *)p; }
DI void store4(float *p, float4 v) { *(float4 *)p = v; }

// The 32-bit address of shared memory.
DI u32 shared_address(const void *p) {
    u64 a;
    asm("cvta.to.shared.u64 %0, %1;" : "=l"(a) : "l"(p));
    return (u32)a;
}

// The greater of a and b, NaN if either is.
DI float max_nan(float a, float b) { return a > b || a != a ? a : b; }
DI float min_nan(float a, float b) { return a < b || a != a ? a : b; }

// Division of 0 ≤ i < 2³¹ by a d > 1 that the host knows: with s = ⌈log₂ d⌉ and
// mul = ⌈2³¹⁺ˢ/d⌉ < 2³², ⌊i/d⌋ = ⌊i·mul/2³¹⁺ˢ⌋ since i·(mul·d − 2³¹⁺ˢ) < 2³¹·2ˢ.
struct Divisor {
    u32 d, mul, shift;
};
DI u32 quotient(u32 i, u32 d, u32 mul, u32 shift) { return d == 1 ? i : __umulhi(i, mul) >> shift; }
DI u32 quotient(u32 i, Divisor v) { return quotient(i, v.d, v.mul, v.shift); }

// The same from d alone: one 64-bit division.
DI Divisor divisor(u32 d) {
    const u32 s = d == 1 ? 0 : 32 - __clz(d - 1);
    const u64 two = (u64)1 << (31 + s);
    return Divisor{d, (u32)((two + d - 1) / d), s - 1};
}

// Sum over the 32 lanes of a warp, in a fixed order, in every lane.
DI float warp_sum(float v) {
#pragma unroll
    for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(ALL_LANES, v, o);
    return v;
}

DI float warp_max(float v) {
#pragma unroll
    for (int o = 16; o > 0; o >>= 1) v = max_nan(v, __shfl_xor_sync(ALL_LANES, v, o));
    return v;
}

// Sum over a block of up to 1024 threads, in every thread; red has 32 floats.
// The block is a multiple of 32 threads. The order is fixed by its size.
DI float block_sum(float v, float *red) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    v = warp_sum(v);
    if (lane == 0) red[warp] = v;
    __syncthreads();
    v = warp_sum(lane < (int)(blockDim.x >> 5) ? red[lane] : 0.0f);
    __syncthreads(); // red may be used again
    return v;
}

DI float block_max(float v, float *red) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    v = warp_max(v);
    if (lane == 0) red[warp] = v;
    __syncthreads();
    v = warp_max(lane < (int)(blockDim.x >> 5) ? red[lane] : red[0]);
    __syncthreads();
    return v;
}
