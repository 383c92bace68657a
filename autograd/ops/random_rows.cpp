// Random numbers with a key for each row.
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/random.h>

namespace ramie::random {

Tensor uniform_rows(const Tensor& keys, const Shape& row, DType dtype, double low, double high) {
  return vmap([=](const Tensor& key) { return uniform(key, row, dtype, low, high); })(keys);
}
Tensor normal_rows(const Tensor& keys, const Shape& row, DType dtype) {
  return vmap([=](const Tensor& key) { return normal(key, row, dtype); })(keys);
}
Tensor bernoulli_rows(const Tensor& keys, double p, const Shape& row) {
  return vmap([=](const Tensor& key) { return bernoulli(key, p, row); })(keys);
}
Tensor fold_in_rows(const Tensor& keys, std::uint32_t data) {
  return vmap([=](const Tensor& key) { return fold_in(key, data); })(keys);
}

}  // namespace ramie::random
