// Tensors in a few words, for people: "2.5", "[1, -2, 0.5]", "float32[64,10], from -3.1 to 2.8, mean 0.02".
#pragma once

#include <string>

#include <ramie/tensor/tensor.h>

namespace ramie::detail {

inline constexpr std::int64_t brief_size = 12;  // elements that are shown one by one

std::string brief(double x);
std::string brief(const Tensor& x);   // "?" where it is undefined
std::string values(const Tensor& x);  // all of them: "[[1, 2], [3, 4]]"

}  // namespace ramie::detail
