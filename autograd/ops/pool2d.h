// Pooling over windows of images [N,H,W,C], with flax.nnx's names and defaults (strides of 1, VALID).
//
//   avg_pool(x, {.window = {2, 2}, .strides = {2, 2}})
#pragma once

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/tensor/ops/pool2d.h>

namespace ramie {

struct Pool2dOptions {
  std::array<std::int64_t, 2> window;
  std::array<std::int64_t, 2> strides = {1, 1};
  Padding padding = Padding::valid();
  bool count_include_pad = true;  // avg_pool: padding counts in the divisor
  bool operator==(const Pool2dOptions&) const = default;
};

Tensor avg_pool(const Tensor& x, const Pool2dOptions& options);
Tensor max_pool(const Tensor& x,
                const Pool2dOptions& options);  // the first maximum of a window gets the gradient
Tensor min_pool(const Tensor& x, const Pool2dOptions& options);

namespace detail {

// What their gradients are made of: recorded linear ops, each the transpose of another.
Tensor avg_pool(const Tensor& x, const kernels::PoolWindow& window, bool count_padding);
Tensor avg_pool_gradient(const Tensor& dy, const kernels::PoolWindow& window, bool count_padding,
                         const Shape& input);
Tensor pool_gather(const Tensor& x, const Tensor& index, const kernels::PoolWindow& window);
Tensor pool_scatter(const Tensor& dy, const Tensor& index, const kernels::PoolWindow& window,
                    const Shape& input);

}  // namespace detail
}  // namespace ramie
