// Rows of float16 and bfloat16 to float32 and back, as Half and BFloat16 convert one number, in vectors; and
// of bytes to float32.
#pragma once

#include <cstdint>

#include <ramie/tensor/half.h>

namespace ramie::kernels {

void widen(std::int64_t n, float* y, const Half* x) noexcept;
void widen(std::int64_t n, float* y, const BFloat16* x) noexcept;
void widen(std::int64_t n, float* y, const std::uint8_t* x) noexcept;
void narrow(std::int64_t n, Half* y, const float* x) noexcept;
void narrow(std::int64_t n, BFloat16* y, const float* x) noexcept;

}  // namespace ramie::kernels
