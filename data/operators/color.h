// Colours of images [rows, height, width, 3] in [0, 1].
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::data::detail {

// 0.2989 R + 0.587 G + 0.114 B, [rows, height, width, 1].
Tensor luma(const Tensor& rgb);

// Hue (in turns, [0, 1)), saturation and value, [rows, height, width, 1] each; gray has hue 0.
struct Hsv {
  Tensor hue, saturation, value;
};
Hsv to_hsv(const Tensor& rgb);
Tensor to_rgb(const Hsv& x);  // the hue may be any number of turns

}  // namespace ramie::data::detail
