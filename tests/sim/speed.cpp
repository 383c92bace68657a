// How fast the simulated device is: prints the best of five times for each kind of work.
#include "sim/speed.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "sim/device_array.h"

namespace ramie {
namespace {

template <class F>
double seconds(F f) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}
void row(const char* what, double value, const char* unit) {
  std::printf("%-36s %9.2f %s\n", what, value, unit);
}

void time_scheduling() {
  const DeviceArray<int> out(400);
  const double one = seconds([] {
    for (int i = 0; i < 10000; ++i) speed::threads(1, 1);
  });
  row("launch of one thread", one / 10000 * 1e9, "ns");
  const double block = seconds([] {
    for (int i = 0; i < 1000; ++i) speed::threads(1, 256);
  });
  row("launch of a block of 256 threads", block / 1000 * 1e9, "ns");
  const double many = seconds([] { speed::threads(4000, 256); });
  row("threads that do nothing", 4000 * 256 / many / 1e6, "M/s");
  for (const unsigned n : {32u, 256u, 1024u}) {
    char name[64];
    std::snprintf(name, sizeof name, "barrier, blocks of %u", n);
    row(name, seconds([&] { speed::barriers(40, n, 100, out.data); }) / (40.0 * n * 100) * 1e9,
        "ns a thread");
    std::snprintf(name, sizeof name, "shuffle, blocks of %u", n);
    row(name, seconds([&] { speed::shuffles(40, n, 100, out.data); }) / (40.0 * n * 100) * 1e9,
        "ns a thread");
  }
}

void time_kernels() {
  constexpr int n = 1024 * 1024;
  const DeviceArray<float> a(std::vector<float>(n, 1.0f)), b(std::vector<float>(n, 2.0f)), y(n), partial(64);
  row("add, 1 Mi float32", seconds([&] { speed::add(a.data, b.data, y.data, n); }) * 1e3, "ms");
  row("sum, 1 Mi float32", seconds([&] { speed::sum(a.data, partial.data, y.data, n); }) * 1e3, "ms");
  const double t = seconds([&] { speed::multiply(a.data, b.data, y.data, 256); });
  row("product [256,256] [256,256]", 2.0 * 256 * 256 * 256 / t / 1e9, "GFLOP/s");
}

}  // namespace
}  // namespace ramie

int main() {
  ramie::time_kernels();
  ramie::time_scheduling();
}
