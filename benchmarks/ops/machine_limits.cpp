#include "machine_limits.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include <ramie/tensor/cpu/parallel.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/ops/copy.h>
#include <ramie/tensor/ops/matmul.h>
#include <ramie/tensor/random.h>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/machine_limits.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 12 independent chains of multiply-adds hide the latency; returns the floating-point operations done.
double multiply_adds(int rounds, float* out) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999f), y = hn::Set(d, 1e-3f);
  auto a = hn::Iota(d, 0), b = hn::Iota(d, 1), c = hn::Iota(d, 2), e = hn::Iota(d, 3), f = hn::Iota(d, 4),
       g = hn::Iota(d, 5), h = hn::Iota(d, 6), i = hn::Iota(d, 7), j = hn::Iota(d, 8), k = hn::Iota(d, 9),
       l = hn::Iota(d, 10), m = hn::Iota(d, 11);
  for (int r = 0; r < rounds; ++r) {
    a = hn::MulAdd(a, x, y), b = hn::MulAdd(b, x, y), c = hn::MulAdd(c, x, y), e = hn::MulAdd(e, x, y);
    f = hn::MulAdd(f, x, y), g = hn::MulAdd(g, x, y), h = hn::MulAdd(h, x, y), i = hn::MulAdd(i, x, y);
    j = hn::MulAdd(j, x, y), k = hn::MulAdd(k, x, y), l = hn::MulAdd(l, x, y), m = hn::MulAdd(m, x, y);
  }
  const auto s =
      hn::Add(hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i))),
              hn::Add(hn::Add(j, k), hn::Add(l, m)));
  *out = hn::GetLane(s);
  return 2.0 * 12 * rounds * static_cast<double>(hn::Lanes(d));
}

}  // namespace HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
HWY_EXPORT(multiply_adds);

namespace {

// The best of several: a limit is what the machine does when nothing else runs.
template <class F>
double best_rate(const F& work) {
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double amount = work();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, amount / seconds.count() / 1e9);
  }
  return best;
}

double flops_on_all_threads() {
  std::vector<double> done(static_cast<std::size_t>(ramie::threads()) * 8);
#pragma omp parallel
  {
    float out = 0;
    const auto t = static_cast<std::size_t>(omp_get_thread_num()) * 8;
    done[t] = HWY_DYNAMIC_DISPATCH(multiply_adds)(400000, &out);
    benchmark::DoNotOptimize(out);
  }
  double total = 0;
  for (double d : done) total += d;
  return total;
}

double copy_bytes(std::vector<char>& from, std::vector<char>& to) {
  const auto n = static_cast<std::int64_t>(from.size());
  ramie::kernels::parallel_for(n, [&](std::int64_t begin, std::int64_t end) {
    std::memcpy(to.data() + begin, from.data() + begin, static_cast<std::size_t>(end - begin));
  });
  benchmark::DoNotOptimize(to.data());
  return 2.0 * static_cast<double>(n);
}

Limits cpu_limits() {
  std::vector<char> from(std::size_t{128} << 20, 1), to(from.size());
  return {best_rate(flops_on_all_threads), best_rate([&] { return copy_bytes(from, to); })};
}

#if RAMIE_CUDA
// f's amount in billions a second, by events; the best of several.
template <class F>
double best_gpu_rate(double amount, const F& f) {
  const ramie::Device device = ramie::default_device();
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const ramie::Event start(device);
    for (int k = 0; k < 5; ++k) f();
    const ramie::Event end(device);
    best = std::max(best, 5 * amount / end.milliseconds_since(start) / 1e6);
  }
  return best;
}
Limits gpu_limits() {
  constexpr std::int64_t n = 8192;
  const ramie::Tensor x = ramie::random::normal(ramie::random::key(0), {n, n});
  return {best_gpu_rate(2.0 * n * n * n, [&] { launch(ramie::kernels::Matmul{}, x, x); }),
          best_gpu_rate(8.0 * n * n, [&] { launch(ramie::kernels::Copy{}, x); })};
}
#endif

}  // namespace

const Limits& machine_limits() {
#if RAMIE_CUDA
  static const Limits limits = ramie::default_device() == ramie::cpu() ? cpu_limits() : gpu_limits();
#else
  static const Limits limits = cpu_limits();
#endif
  return limits;
}
#endif
