// Images read at points between the pixels, for rotation and its like.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::data::detail {

// Where each pixel of the result is read: [rows, height, width] each (or what broadcasts to it), in pixels of
// the source, whose first has its centre at 0.
struct Points {
  Tensor y, x;
};

// What lies between the outermost centres of the source and half a pixel beyond, and farther out.
enum class Beyond {
  fill,  // is the fill value
  blend  // fades into it, as in torch's grid_sample with align_corners=False
};

// x [rows, height, width, channels] by bilinear interpolation between the four pixels around each point. A
// gradient leads to x and to the points.
Tensor sample(const Tensor& x, const Points& at, double fill, Beyond beyond);

// Coordinates of the pixels, [1, height, 1] and [1, 1, width], less those of a centre.
Points grid(const Tensor& x, double centre_y, double centre_x);

}  // namespace ramie::data::detail
