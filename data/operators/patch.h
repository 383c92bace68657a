// Rectangles in images, as masks.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::data::detail {

// bool [rows, height, width, 1]: whether a pixel lies in one of its image's patches, whose upper left corners
// are top and left, [rows, patches] each. What lies outside of the image is nobody's.
struct Extent {
  std::int64_t height = 0, width = 0;
};
Tensor covered(const Tensor& top, const Tensor& left, const Extent& patch, const Extent& image);

// Whole numbers 0..n-1 out of uniform ones in [0, 1).
Tensor whole(const Tensor& uniform, std::int64_t n);

}  // namespace ramie::data::detail
