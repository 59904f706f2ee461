// The instructions of Hopper's tensor cores, one function each, for compute
// capability 9.0 alone (sm_90a). A warpgroup of 128 threads multiplies 64 rows of A by
// up to 256 columns of B, both bfloat16 in shared memory, while it goes on: what it
// reads must stay, and the sums must not be looked at, until wgmma_wait. Of the sums
// warp w of four has rows 16w …, and of these a lane with g = lane/4 and t = lane%4
// has d[4j], d[4j + 1] at (g, 8j + 2t), (g, 8j + 2t + 1) and d[4j + 2], d[4j + 3]
// eight rows below.
#pragma once
#include "dev.cuh"

#define SUMS_8(i)                                                                                            \
    "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]),              \
        "+f"(d[i + 6]), "+f"(d[i + 7])
#define SUMS_64                                                                                              \
    SUMS_8(0), SUMS_8(8), SUMS_8(16), SUMS_8(24), SUMS_8(32), SUMS_8(40), SUMS_8(48), SUMS_8(56)
#define SUMS_128                                                                                             \
    SUMS_64, SUMS_8(64), SUMS_8(72), SUMS_8(80), SUMS_8(88), SUMS_8(96), SUMS_8(104), SUMS_8(112),           \
        SUMS_8(120)

// d += a·b for 16 of K. TRANS says that an operand's rows lie along K, not its columns.
template <int TRANS_A, int TRANS_B>
DI void wgmma_bf16(float (&d)[64], u64 a, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
                 "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "
                 "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, "
                 "%53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
                 "%64, %65, 1, 1, 1, %66, %67;"
                 : SUMS_64
                 : "l"(a), "l"(b), "n"(TRANS_A), "n"(TRANS_B)
                 : "memory");
}
template <int TRANS_A, int TRANS_B>
DI void wgmma_bf16(float (&d)[128], u64 a, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 "
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, "
                 "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "
                 "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, "
                 "%53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, "
                 "%70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, "
                 "%87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, "
                 "%103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "
                 "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
                 "%128, %129, 1, 1, 1, %130, %131;"
                 : SUMS_128
                 : "l"(a), "l"(b), "n"(TRANS_A), "n"(TRANS_B)
                 : "memory");
}

// Before the first wgmma, and where registers that one reads or writes were touched.
DI void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DI void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// All groups but the last PENDING are done.
template <int PENDING>
DI void wgmma_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}
// All groups are done, and the sums are those after them.
DI void wgmma_sums(float (&d)[64]) {
    asm volatile("wgmma.wait_group.sync.aligned 0;" : SUMS_64::"memory");
}
DI void wgmma_sums(float (&d)[128]) {
    asm volatile("wgmma.wait_group.sync.aligned 0;" : SUMS_128::"memory");
}

// What was written to shared memory before is there for wgmma to read.
DI void async_fence() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Registers of each thread of this warpgroup from here on: fewer, or more.
template <int N>
DI void fewer_registers() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(N));
}
template <int N>
DI void more_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(N));
}

// A barrier in shared memory: phases of count arrivals, told apart by their parity.
DI void barrier_init(u32 barrier, int count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
DI void barrier_arrive(u32 barrier) {
    asm volatile("{.reg .b64 t; mbarrier.arrive.shared::cta.b64 t, [%0];}" ::"r"(barrier) : "memory");
}
DI void barrier_wait(u32 barrier, u32 parity) {
    u32 over;
    do asm volatile("{.reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; "
                    "selp.u32 %0, 1, 0, p;}"
                    : "=r"(over)
                    : "r"(barrier), "r"(parity)
                    : "memory");
    while (!over);
}
