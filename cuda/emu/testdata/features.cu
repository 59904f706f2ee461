#include "dev.cuh"
#ifdef __clang__
DI void atomic_addi(int *p, int v) { __nvvm_atom_add_gen_i((int*)p, v); }
extern "C" __device__ unsigned ballot_(bool p) { unsigned r; asm volatile("{.reg .pred q; setp.ne.u32 q,%1,0; vote.sync.ballot.b32 %0,q,0xffffffff;}" : "=r"(r) : "r"((unsigned)p)); return r; }
#else
DI void atomic_addi(int *p, int v) { atomicAdd(p, v); }
#endif
extern __shared__ float dyn[];
__constant__ float tab[4] = {1.f, 2.f, 3.f, 4.f};
__device__ __attribute__((noinline)) float helper(float x, int n) { for (int i = 0; i < n; i++) x = x * x + tab[i & 3]; return x; }
extern "C" __global__ void feat(float *out, const float4 *in, int *cnt, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float loc[8];
  for (int k = 0; k < 8; k++) loc[k] = in[i].x * k;
  float4 v = in[i];
  dyn[threadIdx.x] = v.x + v.y * v.z - v.w;
  __syncthreads();
  float r = dyn[threadIdx.x ^ 1] + loc[n & 7];
  r = helper(r, n);
  if (r > 0) atomic_addi(cnt, 1);
  atomic_add(out + blockDim.x, r);
  out[i] = r;
}
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
extern "C" __global__ void tf32(float *c, const u32 *a, const u32 *b) {
  int l = threadIdx.x; float d[4] = {};
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};" : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "r"(a[l]), "r"(a[l + 32]), "r"(a[l + 64]), "r"(a[l + 96]), "r"(b[l]), "r"(b[l + 32]));
  c[l] = d[0] + d[1] + d[2] + d[3];
}
#endif
