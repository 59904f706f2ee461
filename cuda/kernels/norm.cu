// Group normalisation of x [n,S,c] and its derivative; layer normalisation is
// S = 1 and one group. With x̂ = (x − μ)/√(σ² + ε) over the S·c/G elements of a
// (sample, group), and h = γ·g:
//
//	y  = γ·x̂ + β
//	dx = (h − mean(h) − x̂·mean(h·x̂))/√(σ² + ε),   dγ = Σ g·x̂,   dβ = Σ g
//
// The variance is taken about the mean, in a second pass, so it does not cancel.
// A block has the samples of blockIdx.x and a span of W channels, whole groups;
// a thread keeps to one channel where W ≤ block, so neighbours read neighbours
// and W ≥ 32 fills every 128-byte line. x is read three times, from cache after
// the first: 8 bytes and about 8 FLOP per element forward, 12 and 18 backward; two
// bytes less where y, or dx, is bfloat16 in memory: norm_bf16, norm_grad_bf16.
#include "dev.cuh"

extern __shared__ float shared[];

// Stores v as element e of p.
DI void store_number(float *p, size_t e, float v) { p[e] = v; }
DI void store_number(u16 *p, size_t e, float v) { p[e] = bf16(v); }

// How a block's threads share S×W elements: thread t has channels
// t mod lanes + lanes·Z and rows t/lanes + rows·Z.
struct Share {
    int S, c, W, lanes, rows, lane, row;
    bool active;

    static MEMBER Share make(int S, int c, int W) {
        const int T = blockDim.x, lanes = W < T ? W : T, rows = T / lanes;
        const int t = threadIdx.x;
        return Share{S, c, W, lanes, rows, t % lanes, t / lanes, t < lanes * rows};
    }
};

// f(s, j) summed over the elements of the thread.
template <class F>
DI float sum_over(const Share &h, F f) {
    float sum = 0.0f;
    if (h.active)
        for (int j = h.lane; j < h.W; j += h.lanes)
            for (int s = h.row; s < h.S; s += h.rows) sum += f(s, j);
    return sum;
}

// Adds up what the threads have for each group of cg channels; the sum of group
// q is in sums[q] for all to read. With more than one group a thread has one
// channel. cells has one float for each thread.
DI void group_sums(const Share &h, int groups, int cg, float v, float *cells, float *sums) {
    __syncthreads(); // cells and sums may still be read
    cells[threadIdx.x] = v;
    __syncthreads();
    const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = blockDim.x >> 5;
    const int width = groups == 1 ? h.lanes : cg, count = width * h.rows;
    for (int q = warp; q < groups; q += warps) {
        float sum = 0.0f;
        for (int e = lane; e < count; e += 32) {
            const int r = e / width;
            sum += cells[r * h.lanes + q * width + (e - r * width)];
        }
        sum = warp_sum(sum);
        if (lane == 0) sums[q] = sum;
    }
    __syncthreads();
}

// Leaves mean and 1/√(var + ε) of each group in mean and rstd.
DI void moments(const Share &h, const float *x, int groups, int cg, float eps, float *cells, float *mean,
                float *rstd) {
    const float size = (float)h.S * (float)cg;
    group_sums(h, groups, cg, sum_over(h, [&](int s, int j) INLINE { return x[(size_t)s * h.c + j]; }), cells,
               mean);
    if ((int)threadIdx.x < groups) mean[threadIdx.x] /= size;
    __syncthreads();
    group_sums(h, groups, cg,
               sum_over(h,
                        [&](int s, int j) INLINE {
                            const float d = x[(size_t)s * h.c + j] - mean[groups == 1 ? 0 : j / cg];
                            return d * d;
                        }),
               cells, rstd);
    if ((int)threadIdx.x < groups) rstd[threadIdx.x] = 1.0f / sqrtf(rstd[threadIdx.x] / size + eps);
    __syncthreads();
}

// grid: x = n, y = c/W. Dynamic shared memory: block + 2·W/cg floats.
template <class T>
DI void norm(T *y, const float *x, const float *gamma, const float *beta, int S, int c, int cg, int W,
             float eps) {
    const int groups = W / cg, j0 = blockIdx.y * W;
    float *cells = shared, *mean = cells + blockDim.x, *rstd = mean + groups;
    const size_t base = (size_t)blockIdx.x * S * c + j0;
    const Share h = Share::make(S, c, W);
    x += base;
    moments(h, x, groups, cg, eps, cells, mean, rstd);
    if (!h.active) return;
    for (int j = h.lane; j < W; j += h.lanes) {
        const int q = groups == 1 ? 0 : j / cg;
        const float mu = mean[q], a = gamma[j0 + j] * rstd[q], b = beta[j0 + j];
        for (int s = h.row; s < S; s += h.rows) {
            const size_t e = (size_t)s * c + j;
            store_number(y, base + e, fmaf(x[e] - mu, a, b));
        }
    }
}

// dx, and for each block the sums of g·x̂ and g over its samples to
// part[blockIdx.x, 0..1, c]; sum_cols_f32 adds the parts in order. grid: x =
// ⌈n/each⌉ blocks of each samples, y = c/W. Dynamic shared memory: 2·block +
// 4·W/cg + 2·W floats.
template <class T>
DI void norm_grad(T *dx, float *part, const float *x, const float *gamma, const float *g, int n, int S, int c,
                  int cg, int W, int each, float eps) {
    const int groups = W / cg, j0 = blockIdx.y * W;
    float *cells = shared, *cells2 = cells + blockDim.x, *mean = cells2 + blockDim.x, *rstd = mean + groups;
    float *mh = rstd + groups, *mhx = mh + groups, *dgamma = mhx + groups, *dbeta = dgamma + W;
    const Share h = Share::make(S, c, W);
    const float size = (float)S * (float)cg;
    const int end = min_i(n, (blockIdx.x + 1) * each);
    for (int j = threadIdx.x; j < 2 * W; j += blockDim.x) dgamma[j] = 0.0f;
    for (int i = blockIdx.x * each; i < end; i++) {
        const size_t base = (size_t)i * S * c + j0;
        const float *xi = x + base, *gi = g + base;
        moments(h, xi, groups, cg, eps, cells, mean, rstd);
        // Sums over rows of each channel: added to dγ, dβ and, times γ, to the group's.
        float th = 0.0f, thx = 0.0f;
        for (int j = h.lane; j < W; j += h.lanes) {
            const int q = groups == 1 ? 0 : j / cg;
            float a = 0.0f, b = 0.0f;
            if (h.active)
                for (int s = h.row; s < S; s += h.rows) {
                    const float gv = gi[(size_t)s * c + j];
                    a = fmaf(gv, (xi[(size_t)s * c + j] - mean[q]) * rstd[q], a);
                    b += gv;
                }
            if (h.rows == 1) { // only this thread has channel j
                if (h.active) dgamma[j] += a, dbeta[j] += b;
            } else { // W ≤ block: one channel, one turn of this loop
                cells[threadIdx.x] = a;
                cells2[threadIdx.x] = b;
            }
            if (h.active) thx = fmaf(gamma[j0 + j], a, thx), th = fmaf(gamma[j0 + j], b, th);
        }
        if (h.rows > 1) {
            __syncthreads();
            if ((int)threadIdx.x < W) {
                float a = 0.0f, b = 0.0f;
                for (int r = 0; r < h.rows; r++)
                    a += cells[r * h.lanes + threadIdx.x], b += cells2[r * h.lanes + threadIdx.x];
                dgamma[threadIdx.x] += a;
                dbeta[threadIdx.x] += b;
            }
        }
        group_sums(h, groups, cg, th, cells, mh);
        group_sums(h, groups, cg, thx, cells, mhx);
        if (h.active)
            for (int j = h.lane; j < W; j += h.lanes) {
                const int q = groups == 1 ? 0 : j / cg;
                const float gm = gamma[j0 + j], mu = mean[q], rs = rstd[q], a = mh[q] / size,
                            b = mhx[q] / size;
                for (int s = h.row; s < S; s += h.rows) {
                    const size_t e = (size_t)s * c + j;
                    store_number(dx, base + e, rs * (fmaf(gm, gi[e], -a) - (xi[e] - mu) * rs * b));
                }
            }
    }
    for (int j = threadIdx.x; j < W; j += blockDim.x) {
        part[(size_t)blockIdx.x * 2 * c + j0 + j] = dgamma[j];
        part[(size_t)(blockIdx.x * 2 + 1) * c + j0 + j] = dbeta[j];
    }
}

#define NORMS(TYPE, T)                                                                                       \
    KERNEL(256)                                                                                              \
    norm_##TYPE(T *y, const float *x, const float *gamma, const float *beta, int S, int c, int cg, int W,    \
                float eps) {                                                                                 \
        norm(y, x, gamma, beta, S, c, cg, W, eps);                                                           \
    }                                                                                                        \
    KERNEL(256)                                                                                              \
    norm_grad_##TYPE(T *dx, float *part, const float *x, const float *gamma, const float *g, int n, int S,   \
                     int c, int cg, int W, int each, float eps) {                                            \
        norm_grad(dx, part, x, gamma, g, n, S, c, cg, W, each, eps);                                         \
    }
NORMS(f32, float)
NORMS(bf16, u16)
