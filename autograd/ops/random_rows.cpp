// Random numbers with a key for each row, as ops. Under vmap over keys the examples' rows are joined.
#include <ramie/autograd/ops/random_rows.h>

#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/ops/random_rows.h>
#include <ramie/tensor/random.h>

namespace ramie::random {
namespace {

template <class K>
Tensor draw(const K& kernel, const Tensor& keys) {
  return apply(K::name, {keys}, Forward{[&](auto& keys) { return launch(kernel, keys); }},
               Vmap{[&](Batch, auto& keys) {
                 return detail::part_batch(draw(kernel, detail::join_batch(keys, 0)), keys);
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

namespace ramie {

Tensor add_normal_rows(const Tensor& x, const Tensor& keys, double std) {
  return apply("add_normal_rows", {x, keys}, Forward{[&](auto& x, auto& keys) {
                 return launch(kernels::AddNormalRows{std}, contiguous(x), keys);
               }},
               Vjp{[](auto& dy, Needs) {
                 return Grads{dy, Tensor()};
               }},
               Jvp{[](Tangents t) { return t[0]; }}, Vmap{[&](Batch batch, auto& x, auto& keys) {
                 const Tensor rows = detail::with_batch(x, batch, 0);
                 const Tensor all = detail::join_batch(detail::with_batch(keys, batch, 1), 0);
                 return detail::part_batch(add_normal_rows(detail::join_batch(rows, 0), all, std), rows);
               }});
}

}  // namespace ramie
