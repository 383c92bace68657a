#include <ramie/tensor/ops/index_last.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

void check_range(const char* name, View indices, std::int64_t length) {
  visit(indices.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t i = 0; i < indices.size(); ++i) {
      const auto at = convert<std::int64_t>(indices.as<T>()[i]);
      if (at < -length || at >= length)
        fail(name, fmt::format("index {} is out of range for an axis of length {}.", at, length));
    }
  });
}

// f(i, the place that index i means)
template <class F>
void for_places(View indices, std::int64_t length, const F& f) {
  visit(indices.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t i = 0; i < indices.size(); ++i) {
      const auto at = convert<std::int64_t>(indices.as<T>()[i]);
      f(i, at < 0 ? at + length : at);
    }
  });
}

}  // namespace

Layout IndexLast::outputs(const Layout& indices) const {
  Shape shape = indices.shape;
  shape[-1] = length;
  return {int32, shape};
}

void IndexLast::check(View indices) const { check_range(name, indices, length); }

void IndexLast::run(Cpu, View y, View indices) const noexcept {
  std::fill_n(y.as<std::int32_t>(), y.size(), -1);
  const std::int64_t m = indices.shape(-1);
  for_places(indices, length, [&](std::int64_t i, std::int64_t place) {
    y.as<std::int32_t>()[i / m * length + place] = static_cast<std::int32_t>(i % m);
  });
}

Layout IndexExtreme::outputs(const Layout& updates, const Layout&) const {
  Shape shape = updates.shape;
  shape[axis] = length;
  return {int32, shape};
}
void IndexExtreme::check(View, View indices) const { check_range(name, indices, length); }

void IndexExtreme::run(Cpu, View y, View updates, View indices) const noexcept {
  std::fill_n(y.as<std::int32_t>(), y.size(), -1);
  const AxisSplit s(updates.layout->shape, axis);
  visit(updates.layout->dtype, [&]<class T>(Type<T>) {
    for_places(indices, length, [&](std::int64_t j, std::int64_t place) {
      for (std::int64_t o = 0; o < s.outer; ++o)
        for (std::int64_t c = 0; c < s.inner; ++c) {
          std::int32_t& best = y.as<std::int32_t>()[(o * length + place) * s.inner + c];
          const T* column = updates.as<T>() + o * s.n * s.inner + c;
          if (best < 0 || better(largest, column[j * s.inner], column[best * s.inner]))
            best = static_cast<std::int32_t>(j);
        }
    });
  });
}

}  // namespace ramie::kernels
