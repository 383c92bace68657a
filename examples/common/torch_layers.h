// Layers that begin as PyTorch's do: weights and biases drawn evenly from +-1/sqrt(fan in), the fan in being
// the number of inputs that each output sees.
#pragma once

#include <cmath>

#include <ramie/ramie.h>

namespace example {

inline ramie::nn::Initializer within(double bound) {
  return [bound](const ramie::Tensor& key, const ramie::Shape& shape, ramie::DType dtype) {
    return ramie::random::uniform(key, shape, dtype, -bound, bound);
  };
}

// torch.nn.Conv2d(in, out, kernel_size=3, padding=1)
inline ramie::nn::Conv torch_conv(std::int64_t in, std::int64_t out, ramie::nn::Rngs& rngs) {
  const auto init = within(1 / std::sqrt(9.0 * static_cast<double>(in)));
  return ramie::nn::Conv(in, out, {.kernel_size = {3, 3}, .kernel_init = init, .bias_init = init}, rngs);
}

// torch.nn.Linear(in, out)
inline ramie::nn::Linear torch_linear(std::int64_t in, std::int64_t out, ramie::nn::Rngs& rngs) {
  const auto init = within(1 / std::sqrt(static_cast<double>(in)));
  return ramie::nn::Linear(in, out, {.kernel_init = init, .bias_init = init}, rngs);
}

}  // namespace example
