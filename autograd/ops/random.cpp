// The one random function with a gradient: it moves the values of a tensor.
#include <ramie/autograd/ops/index.h>
#include <ramie/tensor/random.h>

namespace ramie::random {

Tensor permutation(const Tensor& key, const Tensor& x, std::int64_t axis) {
  const int a = normalize_axis("permutation", axis, x.rank());
  return take(x, permutation(key, x.shape(a)), a);
}

}  // namespace ramie::random
