// Colours of images in [0, 1], as planes: [rows, 3, height, width]. (With the channels last, what is done to
// one channel would be done to every third number.)
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::data::detail {

Tensor planes(const Tensor& x);         // of [rows, height, width, channels]
Tensor channels_last(const Tensor& x);  // and back

// 0.2989 R + 0.587 G + 0.114 B, [rows, 1, height, width].
Tensor luma(const Tensor& rgb);

// Hue (in turns, [0, 1)), saturation and value, [rows, 1, height, width] each; gray has hue 0.
struct Hsv {
  Tensor hue, saturation, value;
};
Hsv to_hsv(const Tensor& rgb);
Tensor to_rgb(const Hsv& x);  // the hue may be any number of turns

}  // namespace ramie::data::detail
