#include <ramie/tensor/ops/cumsum.h>

#include <algorithm>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t columns = 16;  // that run side by side

template <class T>
void run_columns(T* y, const T* x, const AxisSplit& s, std::int64_t width) {
  decltype(T() + T()) total[columns] = {};
  for (std::int64_t i = 0; i < s.n; ++i, x += s.inner, y += s.inner)
    for (std::int64_t c = 0; c < width; ++c) y[c] = convert<T>(total[c] += x[c]);
}

}  // namespace

void Cumsum::run(Cpu, View y, View x) const noexcept {
  const AxisSplit s(x.layout->shape, axis);
  if (x.size() == 0) return;
  const std::int64_t chunks = (s.inner + columns - 1) / columns;
  const std::int64_t grain = std::max<std::int64_t>(1, default_grain / (s.n * std::min(s.inner, columns)));
  visit(x.layout->dtype, [&]<class T>(Type<T>) {
    parallel_for(s.outer * chunks, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t task = begin; task < end; ++task) {
        const std::int64_t first = task % chunks * columns, at = task / chunks * s.n * s.inner + first;
        run_columns(y.as<T>() + at, x.as<T>() + at, s, std::min(columns, s.inner - first));
      }
    });
  });
}

}  // namespace ramie::kernels
