// The random functions as ops: they have no gradient, but vmap maps them over keys. Shuffling moves the
// values of a tensor, and has one.
#include <ramie/tensor/random.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/random.h>
#include <ramie/tensor/ops/random_integers.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::random {
namespace {

template <class K>
Tensor draw(const K& kernel, const Tensor& key) {
  return apply(K::name, {key}, Forward{[&](auto& key) { return launch(kernel, key); }});
}

}  // namespace

std::vector<Tensor> split(const Tensor& key, std::int64_t n) {
  const Tensor all = draw(kernels::Split{n}, key);
  std::vector<Tensor> keys;
  keys.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) keys.push_back(all[i]);
  return keys;
}

Tensor fold_in(const Tensor& key, std::uint32_t data) {
  const DeviceScope on(key.device());
  return fold_in(key, full({}, data, uint32));
}
Tensor fold_in(const Tensor& key, const Tensor& data) {
  return apply("fold_in", {key, data},
               Forward{[](auto& key, auto& data) { return launch(kernels::FoldIn{}, key, data); }});
}

Tensor bits(const Tensor& key, const Shape& shape, DType dtype) {
  return draw(kernels::RandomBits{{dtype, shape}}, key);
}
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype, double low, double high) {
  return draw(kernels::Uniform{{dtype, shape}, low, high}, key);
}
Tensor normal(const Tensor& key, const Shape& shape, DType dtype) {
  return draw(kernels::Normal{{dtype, shape}}, key);
}
Tensor truncated_normal(const Tensor& key, double lower, double upper, const Shape& shape, DType dtype) {
  return draw(kernels::TruncatedNormal{{dtype, shape}, lower, upper}, key);
}
Tensor bernoulli(const Tensor& key, double p, const Shape& shape) {
  return draw(kernels::Bernoulli{shape, p}, key);
}
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high, DType dtype) {
  return draw(kernels::RandomIntegers{{dtype, shape}, low, high}, key);
}
Tensor permutation(const Tensor& key, std::int64_t n) { return draw(kernels::Permutation{n}, key); }

Tensor permutation(const Tensor& key, const Tensor& x, std::int64_t axis) {
  const int a = normalize_axis("permutation", axis, x.rank());
  return take(x, permutation(key, x.shape(a)), a);
}

}  // namespace ramie::random
