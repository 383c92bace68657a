// Random numbers with a key for each row, as ops. Under vmap over keys the examples' rows are joined.
#include <ramie/tensor/random.h>

#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/tensor/ops/random_rows.h>

namespace ramie::random {
namespace {

template <class K>
Tensor draw(const K& kernel, const Tensor& keys) {
  return apply(K::name, {keys}, Forward{[&](auto& keys) { return launch(kernel, keys); }},
               Vmap{[&](Batch batch, auto& keys) {
                 return detail::part_batch(draw(kernel, detail::join_batch(keys, 0)), batch.size, 0);
               }});
}

}  // namespace

Tensor uniform_rows(const Tensor& keys, const Shape& row, DType dtype, double low, double high) {
  return draw(kernels::UniformRows{{dtype, row}, low, high}, keys);
}
Tensor normal_rows(const Tensor& keys, const Shape& row, DType dtype) {
  return draw(kernels::NormalRows{{dtype, row}}, keys);
}
Tensor bernoulli_rows(const Tensor& keys, double p, const Shape& row) {
  return draw(kernels::BernoulliRows{row, p}, keys);
}
Tensor fold_in_rows(const Tensor& keys, std::uint32_t data) { return draw(kernels::FoldInRows{data}, keys); }

}  // namespace ramie::random
