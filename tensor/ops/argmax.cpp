#include <ramie/tensor/ops/argmax.h>

#include <algorithm>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {
namespace {

template <class T>
bool is_nan(T x) {
  return x != x;
}

// The first extreme of n elements that are `stride` apart. NaN ends the search.
template <class T, class Beats>
std::int32_t first_extreme(const T* x, std::int64_t n, std::int64_t stride, Beats beats) {
  std::int64_t best = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (is_nan(x[i * stride])) return static_cast<std::int32_t>(i);
    if (beats(x[i * stride], x[best * stride])) best = i;
  }
  return static_cast<std::int32_t>(best);
}

template <class T, class Beats>
void find_all(std::int32_t* y, const T* x, const AxisSplit& s, Beats beats) {
  const std::int64_t grain = std::max<std::int64_t>(1, default_grain / s.n);
  parallel_for(s.outer * s.inner, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      y[i] = first_extreme(x + i / s.inner * s.n * s.inner + i % s.inner, s.n, s.inner, beats);
  });
}

}  // namespace

Layout Argmax::outputs(const Layout& x) const {
  Shape shape = x.shape;
  if (keepdims)
    shape[axis] = 1;
  else
    shape.erase(axis);
  return {int32, shape};
}

void Argmax::run(Cpu, View y, View x) const noexcept {
  if (y.size() == 0) return;
  const AxisSplit s(x.layout->shape, axis);
  visit(x.layout->dtype, [&]<class T>(Type<T>) {
    if (largest)
      find_all(y.as<std::int32_t>(), x.as<T>(), s, [](T a, T b) { return a > b; });
    else
      find_all(y.as<std::int32_t>(), x.as<T>(), s, [](T a, T b) { return a < b; });
  });
}

}  // namespace ramie::kernels
