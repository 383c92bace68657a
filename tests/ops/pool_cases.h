// What the tests of pools share.
#pragma once

#include <cmath>

#include <ramie/autograd/ops/pool2d.h>

#include "support/ops.h"

namespace ramie::pool_cases {

using Pool = Tensor (*)(const Tensor&, const PoolOptions&);
inline constexpr Pool pools[] = {avg_pool, max_pool, min_pool};

// Distinct values, far enough from each other that no difference crosses a kink.
inline Tensor distinct(const Shape& shape) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i) * 0.37;
  std::shuffle(v.begin(), v.end(), generator());
  return from_vector(v, shape);
}

// One window of [n, d, h, w, c], element by element.
struct Window {
  double sum = 0, high = -INFINITY, low = INFINITY;
  std::int64_t elements = 0;
  void add(double v) { sum += v, high = std::max(high, v), low = std::min(low, v), ++elements; }
  double of(Pool pool, std::int64_t area, bool count_padding) const {
    if (pool == max_pool) return high;
    if (pool == min_pool) return low;
    return sum / static_cast<double>(count_padding ? area : elements);
  }
};

}  // namespace ramie::pool_cases
