// What sums of products are kept in: small floats in float, whole numbers in 64 bits that wrap around as
// theirs do.
#pragma once

#include <cstdint>
#include <type_traits>

#include <ramie/tensor/dtype.h>

namespace ramie::kernels {

template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, std::uint64_t,
                                       std::conditional_t<std::is_same_v<T, double>, double, float>>;

}  // namespace ramie::kernels
