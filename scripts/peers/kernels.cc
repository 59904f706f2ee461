// Times OpenBLAS and oneDNN, one request a line on standard input, for
// kernels.py. Each is answered by the median and the best time of a call in
// seconds:
//
//	gemm LIBRARY THREADS SECONDS M N K OP BATCH
//	conv LAYOUT  THREADS SECONDS N H W C K DIRECTION
//
// LIBRARY is openblas or onednn, OP two letters N or T. LAYOUT is blocked (what
// oneDNN likes best, the cost of reordering not counted) or nhwc; DIRECTION is
// forward, data or filter. With one thread the clock is that of the thread.
#include <cblas.h>
#include <omp.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

using namespace dnnl;
typedef memory::desc md;
typedef memory::format_tag tag;

static engine eng(engine::kind::cpu, 0);
static stream strm(eng);

static double now(int threads) {
  timespec t;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

// Median and best time of a call, in samples of at least 50 µs over `seconds`.
static std::pair<double, double> timed(int threads, double seconds, const std::function<void()> &f) {
  f();
  int calls = 0;
  for (double start = now(threads); !calls || now(threads) - start < 50e-6; calls++) f();
  std::vector<double> times;
  double start = now(threads), last = start;
  do {
    for (int i = 0; i < calls; i++) f();
    double t = now(threads);
    times.push_back((t - last) / calls);
    last = t;
  } while (last - start < seconds);
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0]};
}

static std::vector<float> random_floats(size_t n) {
  std::mt19937 r(1);
  std::normal_distribution<float> d;
  std::vector<float> v(n);
  for (auto &x : v) x = d(r);
  return v;
}

static std::pair<double, double> gemm(std::istream &in) {
  std::string lib, op;
  int threads, m, n, k, batch;
  double seconds;
  in >> lib >> threads >> seconds >> m >> n >> k >> op >> batch;
  bool ta = op[0] == 'T', tb = op[1] == 'T';
  int lda = ta ? m : k, ldb = tb ? k : n;
  auto a = random_floats((size_t)batch * m * k), b = random_floats((size_t)batch * k * n);
  std::vector<float> c((size_t)batch * m * n);
  openblas_set_num_threads(threads);
  omp_set_num_threads(threads);
  return timed(threads, seconds, [&] {
    for (int q = 0; q < batch; q++) {
      const float *x = &a[(size_t)q * m * k], *y = &b[(size_t)q * k * n];
      float *z = &c[(size_t)q * m * n];
      if (lib == "openblas")
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1, x,
                    lda, y, ldb, 0, z, n);
      else
        dnnl_sgemm(op[0], op[1], m, n, k, 1, x, lda, y, ldb, 0, z, n);
    }
  });
}

static std::pair<double, double> conv(std::istream &in) {
  std::string layout, dir;
  int threads, n, h, w, c, k;
  double seconds;
  in >> layout >> threads >> seconds >> n >> h >> w >> c >> k >> dir;
  omp_set_num_threads(threads);
  bool any = layout == "blocked";
  auto f32 = memory::data_type::f32;
  tag act = any ? tag::any : tag::nhwc, wt = any ? tag::any : tag::hwio;
  md x({n, c, h, w}, f32, act), f({k, c, 3, 3}, f32, wt), y({n, k, h, w}, f32, act);
  memory::dims one = {1, 1};
  auto alg = algorithm::convolution_direct;
  convolution_forward::primitive_desc fwd({prop_kind::forward_training, alg, x, f, y, one, one, one}, eng);
  primitive p;
  md mx, mf, my;
  if (dir == "forward") {
    p = convolution_forward(fwd);
    mx = fwd.src_desc(), mf = fwd.weights_desc(), my = fwd.dst_desc();
  } else if (dir == "data") {
    convolution_backward_data::primitive_desc d({alg, x, f, y, one, one, one}, eng, fwd);
    p = convolution_backward_data(d);
    mx = d.diff_src_desc(), mf = d.weights_desc(), my = d.diff_dst_desc();
  } else {
    convolution_backward_weights::primitive_desc d({alg, x, f, y, one, one, one}, eng, fwd);
    p = convolution_backward_weights(d);
    mx = d.src_desc(), mf = d.diff_weights_desc(), my = d.diff_dst_desc();
  }
  auto fill = [](const md &d, memory &m) {
    auto v = random_floats(d.get_size() / 4);
    memcpy(m.get_data_handle(), v.data(), v.size() * 4);
  };
  memory bx(mx, eng), bf(mf, eng), by(my, eng);
  fill(mx, bx), fill(mf, bf), fill(my, by);
  std::unordered_map<int, memory> args;
  if (dir == "forward")
    args = {{DNNL_ARG_SRC, bx}, {DNNL_ARG_WEIGHTS, bf}, {DNNL_ARG_DST, by}};
  else if (dir == "data")
    args = {{DNNL_ARG_DIFF_SRC, bx}, {DNNL_ARG_WEIGHTS, bf}, {DNNL_ARG_DIFF_DST, by}};
  else
    args = {{DNNL_ARG_SRC, bx}, {DNNL_ARG_DIFF_WEIGHTS, bf}, {DNNL_ARG_DIFF_DST, by}};
  return timed(threads, seconds, [&] {
    p.execute(strm, args);
    strm.wait();
  });
}

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream in(line);
    std::string what;
    in >> what;
    auto t = what == "gemm" ? gemm(in) : conv(in);
    std::cout << t.first << " " << t.second << std::endl;
  }
}
