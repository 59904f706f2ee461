// The convolutions of conv.cu on Hopper's tensor cores, with x, w and g bfloat16 in
// memory, 16-byte aligned with 8·j channels: the same contract and parameters, but for
// slices, since blocks take tiles in turns. Tiles are 128×256, or 128×128 (_128); step is
// a multiple of 64.
#include "hopper.cuh"

// What all three share: the image is n×h×w with c channels, and o for what is made of it.
struct Convolved {
    const u16 *pa, *pb;
    float *C;
    const float *bias;
    float *sum;
    const float *addend;
    int how, n, h, w, c, o, k;
};

struct Forward : Convolved {
    using A = Taps<true, 1, u16>;
    using B = Dense<false, true, u16>;
    MEMBER int M() const { return n * h * w; }
    MEMBER int N() const { return o; }
    MEMBER int K() const { return k * k * c; }
    MEMBER A a(int) const { return A::make(pa, n, h, w, c, k); }
    MEMBER B b(int) const { return B::make(pb, o, K(), o); }
};

struct Data : Convolved {
    using A = Taps<true, -1, u16>;
    using B = Mirror<u16>;
    MEMBER int M() const { return n * h * w; }
    MEMBER int N() const { return c; }
    MEMBER int K() const { return k * k * o; }
    MEMBER A a(int) const { return A::make(pa, n, h, w, o, k); }
    MEMBER B b(int) const { return B::make(pb, c, o, k); }
};

struct Filter : Convolved {
    using A = Taps<false, 1, u16>;
    using B = Dense<false, true, u16>;
    MEMBER int M() const { return k * k * c; }
    MEMBER int N() const { return o; }
    MEMBER int K() const { return n * h * w; }
    MEMBER A a(int) const { return A::make(pa, n, h, w, c, k); }
    MEMBER B b(int) const { return B::make(pb, o, K(), o); }
};

template <class F>
struct Ended : F {
    MEMBER Target target(int z) const {
        return Target::make(this->C, this->bias, this->sum, this->addend, this->how, this->M(), this->N(), z);
    }
};

#define CONV(NAME, F, BN)                                                                                    \
    KERNEL(384, 1)                                                                                           \
    NAME(float *C, const u16 *A, const u16 *B, const float *bias, float *sum, const float *addend, int how,  \
         int n, int h, int w, int c, int o, int k, int slices, int step) {                                   \
        const Ended<F> f{{{A, B, C, bias, sum, addend, how, n, h, w, c, o, k}}};                             \
        contract_hopper<BN>(f, f.M(), f.N(), f.K(), 1, slices, step);                                        \
    }

CONV(conv_wgmma, Forward, 256)
CONV(conv_wgmma_128, Forward, 128)
CONV(conv_data_wgmma, Data, 256)
CONV(conv_data_wgmma_128, Data, 128)
CONV(conv_filter_wgmma, Filter, 256)
CONV(conv_filter_wgmma_128, Filter, 128)
