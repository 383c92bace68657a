// Padding with what x holds: jax.numpy.pad's modes. Padding with a constant is pad(x, widths, value) of
// shape.h.
//
//   pad(tensor({1, 2, 3}), {{2, 2}}, PadMode::reflect)      // 3 2 1 2 3 2 1
#pragma once

#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

enum class PadMode {
  edge,       // 1 1 [1 2 3] 3 3
  reflect,    // 3 2 [1 2 3] 2 1
  symmetric,  // 2 1 [1 2 3] 3 2
  wrap        // 2 3 [1 2 3] 1 2
};

// {before, after} elements at the ends of each axis; they may be more than x has. An axis of length 0 can
// only stay as it is.
Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths, PadMode mode);

}  // namespace ramie
