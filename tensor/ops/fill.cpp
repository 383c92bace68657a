#include <ramie/tensor/ops/fill.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {

std::string Fill::attributes() const { return fmt::format("value={}", value.as<double>()); }

void Fill::run(Cpu, View y) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    const T v = value.as<T>();
    parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
      std::fill(y.as<T>() + begin, y.as<T>() + end, v);
    });
  });
}

void Ramp::run(Cpu, View y) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t i = 0; i < y.size(); ++i)
      y.as<T>()[i] = convert<T>(start + static_cast<double>(i) * step);
  });
}

void Eye::run(Cpu, View y) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    std::fill_n(y.as<T>(), y.size(), convert<T>(0));
    for (std::int64_t i = 0; i < y.shape(0); ++i) y.as<T>()[i * (y.shape(0) + 1)] = convert<T>(1);
  });
}

}  // namespace ramie::kernels
