// Datasets of numbers, and what comes out of them.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include <ramie/data/pipeline.h>

namespace ramie::testing {

// Records "x": 0, 1, ..., n - 1.
inline data::Pipeline numbers(std::int64_t n) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return data::Pipeline::from_tensor_slices({{"x", from_vector(values)}});
}

// All "x" of all elements in a row, at most `limit` elements.
inline std::vector<std::int64_t> values_of(const data::Pipeline& pipeline, std::int64_t limit = -1) {
  std::vector<std::int64_t> values;
  auto elements = pipeline.iterator();
  for (; limit != 0; --limit) {
    const auto element = elements.next();
    if (!element) break;
    for (const auto x : (*element)["x"].to_vector<std::int64_t>()) values.push_back(x);
  }
  return values;
}

inline std::vector<std::int64_t> range_of(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(last - first));
  std::iota(values.begin(), values.end(), first);
  return values;
}

}  // namespace ramie::testing
