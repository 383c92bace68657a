#include <ramie/tensor/random.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/random.h>
#include <ramie/tensor/ops/random_integers.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::random {

Tensor key(std::int64_t seed) { return launch(kernels::MakeKey{seed}); }

std::vector<Tensor> split(const Tensor& key, std::int64_t n) {
  const Tensor all = launch(kernels::Split{n}, key);
  std::vector<Tensor> keys;
  keys.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) keys.push_back(all.alias({uint32, {2}}, 2 * i));
  return keys;
}

Tensor fold_in(const Tensor& key, std::uint32_t data) {
  const DeviceScope on(key.device());
  return fold_in(key, full({}, data, uint32));
}
Tensor fold_in(const Tensor& key, const Tensor& data) { return launch(kernels::FoldIn{}, key, data); }

Tensor bits(const Tensor& key, const Shape& shape, DType dtype) {
  return launch(kernels::RandomBits{{dtype, shape}}, key);
}
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype, double low, double high) {
  return launch(kernels::Uniform{{dtype, shape}, low, high}, key);
}
Tensor normal(const Tensor& key, const Shape& shape, DType dtype) {
  return launch(kernels::Normal{{dtype, shape}}, key);
}
Tensor truncated_normal(const Tensor& key, double lower, double upper, const Shape& shape, DType dtype) {
  return launch(kernels::TruncatedNormal{{dtype, shape}, lower, upper}, key);
}
Tensor bernoulli(const Tensor& key, double p, const Shape& shape) {
  return launch(kernels::Bernoulli{shape, p}, key);
}
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high, DType dtype) {
  return launch(kernels::RandomIntegers{{dtype, shape}, low, high}, key);
}
Tensor permutation(const Tensor& key, std::int64_t n) { return launch(kernels::Permutation{n}, key); }

}  // namespace ramie::random
