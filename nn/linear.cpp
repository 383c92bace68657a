#include <ramie/nn/linear.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {

// The bias draws a key even where zeros make nothing of it, as in Flax: the next layer's key depends on it.
Linear::Linear(std::int64_t in, std::int64_t out, const LinearOptions& o, Rngs& rngs)
    : kernel(o.kernel_init(rngs.params(), {in, out}, o.param_dtype)), in_features(in), out_features(out) {
  if (o.use_bias) bias.emplace(o.bias_init(rngs.params(), {out}, o.param_dtype));
}

Tensor Linear::operator()(const Tensor& x) const {
  if (x.rank() == 0 || x.shape(-1) != in_features)
    fail("Linear", fmt::format("the input is {}, but its last axis must have in_features = {} elements.",
                               str(x.layout()), in_features));
  Tensor y = matmul(x, kernel);
  return bias ? add(y, *bias) : y;
}

}  // namespace ramie::nn
