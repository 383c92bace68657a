// Pooling over windows of sequences, images and volumes [N, ..., C], with flax.nnx's names and defaults
// (strides of 1, VALID).
//
//   avg_pool(images, {.window = {2, 2}, .strides = {2, 2}})       // max_pool, min_pool
//   max_pool(sequences, {.window = {3}, .padding = Padding::same()})
#pragma once

#include <ramie/autograd/ops/conv_padding.h>
#include <ramie/tensor/ops/pool2d.h>

namespace ramie {

struct PoolOptions {  // a number for each of 1, 2 or 3 axes
  Shape window;
  Shape strides = {};  // none given: 1
  Padding padding = Padding::valid();
  bool count_include_pad = true;  // avg_pool: padding counts in the divisor
  bool operator==(const PoolOptions&) const = default;
};

Tensor avg_pool(const Tensor& x, const PoolOptions& options);
Tensor max_pool(const Tensor& x,
                const PoolOptions& options);  // the first maximum of a window gets the gradient
Tensor min_pool(const Tensor& x, const PoolOptions& options);

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
