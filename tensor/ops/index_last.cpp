#include <ramie/tensor/ops/index_last.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/error.h>

namespace ramie::kernels {

Layout IndexLast::outputs(const Layout& indices) const {
  Shape shape = indices.shape;
  shape[-1] = length;
  return {int32, shape};
}

void IndexLast::check(View indices) const {
  visit(indices.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t i = 0; i < indices.size(); ++i) {
      const auto at = convert<std::int64_t>(indices.as<T>()[i]);
      if (at < -length || at >= length)
        fail(name, fmt::format("index {} is out of range for an axis of length {}.", at, length));
    }
  });
}

void IndexLast::run(Cpu, View y, View indices) const noexcept {
  std::fill_n(y.as<std::int32_t>(), y.size(), -1);
  const std::int64_t m = indices.shape(-1);
  visit(indices.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t i = 0; i < indices.size(); ++i) {
      const auto at = convert<std::int64_t>(indices.as<T>()[i]);
      y.as<std::int32_t>()[i / m * length + (at < 0 ? at + length : at)] = static_cast<std::int32_t>(i % m);
    }
  });
}

}  // namespace ramie::kernels
