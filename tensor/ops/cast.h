// Conversion between dtypes.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// Writes n converted elements side by side; element i is read at from + i * stride (in elements).
using Convert = void (*)(std::int64_t n, std::byte* to, const std::byte* from, std::int64_t stride);
Convert converter(DType to, DType from);

struct Cast {  // the values in another dtype, row-major; numbers convert as convert<To>() does
  static constexpr const char* name = "astype";
  bool operator==(const Cast&) const = default;
  DType to;
  static constexpr bool in_place = true, any_strides = true;
  Layout outputs(const Layout& x) const { return x.as(to); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

}  // namespace ramie::kernels
