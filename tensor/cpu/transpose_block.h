// The transpose of a square block that fills lines of the cache: y[i * y_stride + j] = x[j * x_stride + i].
#pragma once

#include <cstdint>

namespace ramie::kernels {

// The side of the block for elements of a type.
template <class T>
inline constexpr std::int64_t block_size = 64 / static_cast<std::int64_t>(sizeof(T));

// 16 x 16 words, in vectors.
void transpose_words(std::uint32_t* y, std::int64_t y_stride, const std::uint32_t* x,
                     std::int64_t x_stride) noexcept;

}  // namespace ramie::kernels
