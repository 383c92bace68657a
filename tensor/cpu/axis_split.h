// A dense array seen as [outer, n, inner] around one axis, which is how kernels along an axis walk it.
#pragma once

#include <ramie/tensor/layout.h>

namespace ramie::kernels {

struct AxisSplit {
  std::int64_t outer = 1, n = 1, inner = 1;
  // Around the axes [axis, axis + span).
  AxisSplit(const Shape& shape, int axis, int span = 1) {
    for (int i = 0; i < shape.rank(); ++i) (i < axis ? outer : i < axis + span ? n : inner) *= shape[i];
  }
};

}  // namespace ramie::kernels
