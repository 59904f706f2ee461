// Where the operands of a contraction lie. A source says where element (outer,
// inner) is in memory, inner being the coordinate along which neighbours are
// neighbours. A source whose inner coordinate is k is KC, else (inner is i or j) it
// is not; that one bit covers all four transposes, and a convolution is a source
// that gathers.
//
// Tiles go from memory to registers or shared memory in chunks of 16 bytes along
// inner: 4 floats, or 8 numbers in bfloat16. Where the source is vec (16-byte
// aligned, extents divisible by a chunk) a chunk is one load, else four, of 4 bytes;
// what lies outside is 0.
#pragma once
#include "dev.cuh"

// The numbers of a chunk.
template <class T>
constexpr int chunk() {
    return 16 / sizeof(T);
}

// A matrix of outers rows with inners columns each, ld apart. WIDE ones are
// known to be vec.
template <bool KC, bool WIDE = false, class T = float>
struct Dense {
    using Number = T;
    const T *p;
    int ld, outers, inners;
    bool vec;

    static MEMBER Dense make(const T *p, int ld, int outers, int inners) {
        return Dense{p, ld, outers, inners, aligned16(p) && ld % chunk<T>() == 0 && inners % chunk<T>() == 0};
    }
    static constexpr MEMBER bool kc() { return KC; }
    MEMBER bool wide() const { return WIDE || vec; }
    MEMBER void clip(int k) { // K ends at k
        if (KC)
            inners = min_i(inners, k);
        else
            outers = min_i(outers, k);
    }
    MEMBER const T *at(int o, int i, bool &in) const {
        in = (o < outers) & (i < inners);
        return p + ((size_t)o * ld + i);
    }
};

// A dense matrix that knows only at run time whether it is KC.
template <bool WIDE>
struct AnyDense {
    Dense<true, WIDE> d;
    bool isKC;

    MEMBER bool kc() const { return isKC; }
    MEMBER bool wide() const { return d.wide(); }
    MEMBER void clip(int k) {
        if (isKC)
            d.inners = min_i(d.inners, k);
        else
            d.outers = min_i(d.outers, k);
    }
    MEMBER const float *at(int o, int i, bool &in) const { return d.at(o, i, in); }
};

// The pixels of x [n,h,w,c] under the taps of a k×k filter: outer is a pixel of
// the batch, inner = tap·c + channel. SIGN −1 mirrors the taps (data gradient).
template <bool KC, int SIGN, class T = float>
struct Taps {
    using Number = T;
    const T *p;
    int h, w, c, k, outers, inners;
    Divisor byW, byH, byC, byK;
    bool vec;

    static MEMBER Taps make(const T *p, int n, int h, int w, int c, int k) {
        return Taps{p,          h,          w,          c,          k,
                    n * h * w,  k * k * c,  divisor(w), divisor(h), divisor(c),
                    divisor(k), aligned16(p) && c % chunk<T>() == 0};
    }
    MEMBER bool wide() const { return vec; }
    static constexpr MEMBER bool kc() { return KC; }
    MEMBER void clip(int end) {
        if (KC)
            inners = min_i(inners, end);
        else
            outers = min_i(outers, end);
    }
    MEMBER const T *at(int o, int i, bool &in) const {
        const int row = quotient(o, byW), x = o - row * w, y = row - quotient(row, byH) * h;
        const int tap = quotient(i, byC), ci = i - tap * c, ty = quotient(tap, byK);
        const int dy = SIGN * (ty - k / 2), dx = SIGN * (tap - ty * k - k / 2);
        in = (o < outers) & (i < inners) & ((u32)(y + dy) < (u32)h) & ((u32)(x + dx) < (u32)w);
        return p + ((long long)(o + dy * w + dx) * c + ci);
    }
};

// The filter [k,k,c,o] as the right side of the data gradient: outer is the
// channel of x, inner = tap·o + channel of g.
template <class T>
struct Mirror {
    using Number = T;
    const T *p;
    int c, o, inners;
    Divisor byO;
    bool vec;

    static MEMBER Mirror make(const T *p, int c, int o, int k) {
        return Mirror{p, c, o, k * k * o, divisor(o), aligned16(p) && o % chunk<T>() == 0};
    }
    MEMBER bool wide() const { return vec; }
    static constexpr MEMBER bool kc() { return true; }
    MEMBER void clip(int end) { inners = min_i(inners, end); }
    MEMBER const T *at(int ci, int i, bool &in) const {
        const int tap = quotient(i, byO);
        in = (ci < c) & (i < inners);
        return p + (size_t)(tap * c + ci) * o + (i - tap * o);
    }
};

// Reads that do not branch: 0 where in is false, and p is not read.
DI float load_if(const float *p, bool in) {
    float v;
    asm("{.reg .pred q; setp.ne.u32 q, %2, 0; mov.f32 %0, 0f00000000; @q ld.global.f32 %0, [%1];}"
        : "=&f"(v)
        : "l"(p), "r"((u32)in)
        : "memory");
    return v;
}
DI float4 load4_if(const float *p, bool in) {
    float4 v;
    asm("{.reg .pred q; setp.ne.u32 q, %5, 0; mov.f32 %0, 0f00000000; mov.f32 %1, 0f00000000; "
        "mov.f32 %2, 0f00000000; mov.f32 %3, 0f00000000; @q ld.global.v4.f32 {%0, %1, %2, %3}, [%4];}"
        : "=&f"(v.x), "=&f"(v.y), "=&f"(v.z), "=&f"(v.w)
        : "l"(p), "r"((u32)in)
        : "memory");
    return v;
}

// Four neighbours along inner, of float32.
template <class S>
DI float4 fetch(const S &s, int outer, int inner) {
    bool in[4];
    const float *p = s.at(outer, inner, in[0]);
    if (s.wide()) return load4_if(p, in[0]);
    asm volatile("" : "+r"(inner)); // keeps what follows out of the common path
    const float *p1 = s.at(outer, inner + 1, in[1]), *p2 = s.at(outer, inner + 2, in[2]),
                *p3 = s.at(outer, inner + 3, in[3]);
    return float4{load_if(p, in[0]), load_if(p1, in[1]), load_if(p2, in[2]), load_if(p3, in[3])};
}
