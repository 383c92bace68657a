// An op under vmap, jvp and vmap of grad: against a loop over examples, and against the op's gradient.
//
//   expect_transforms("tanh", tanh, {random_normal({3, 4})});      // 3 examples
#pragma once

#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>

#include "support/ops.h"

namespace ramie {

using OneTensor = std::function<Tensor(const Tensor&)>;
using TwoTensors = std::function<Tensor(const Tensor&, const Tensor&)>;

inline Tensor example(const Tensor& x, std::int64_t i) { return squeeze(slice(x, 0, i, i + 1), {0}); }

// What a loop over the examples gives; where an input is one for all, its axis is -1.
inline Tensor looped(const TwoTensors& f, const Tensor& a, bool batch_a, const Tensor& b, bool batch_b) {
  std::vector<Tensor> y;
  for (std::int64_t i = 0, n = (batch_a ? a : b).shape(0); i < n; ++i)
    y.push_back(f(batch_a ? example(a, i) : a, batch_b ? example(b, i) : b));
  return stack(y);
}

// That no op has run slice by slice.
inline void expect_rules_only(const std::string& what) {
  for (const auto& [op, count] : vmap_counts()) EXPECT_EQ(count.by_slices, 0) << op << " in " << what;
  reset_vmap_counts();
}

// <u, jvp(t)> is <t, vjp(u)>.
inline void expect_dual(const std::string& what, const OneTensor& f, const Tensor& x) {
  const Tensor t = random_normal(x.shape());
  const auto [y, dy] = jvp(f, x, t);
  const Tensor u = random_normal(y.shape()), v = variable(x);
  const double forward = sum(u * dy).item<double>(),
               reverse = sum(t * gradients(f(v), {v}, u)[0]).item<double>();
  EXPECT_NEAR(forward, reverse, 1e-10 * (1 + std::abs(reverse))) << what;
}

inline void expect_transforms(const std::string& what, const OneTensor& f, const Tensor& x,
                              bool differentiable = true) {
  const auto loop = [&](const OneTensor& g) {
    return looped([&](const Tensor& a, const Tensor&) { return g(a); }, x, true, x, false);
  };
  reset_vmap_counts();
  const Tensor y = vmap(f)(x);
  EXPECT_EQ(y.dtype(), f(example(x, 0)).dtype()) << what;
  expect_near(y, loop(f), 1e-12);
  expect_rules_only(what);
  if (!differentiable) return;
  const OneTensor slope = [&](const Tensor& a) {
    return grad([&](const Tensor& v) { return sum(square(f(v))); })(a);
  };
  expect_near(vmap(slope)(x), loop(slope), 1e-12);
  expect_rules_only(what + "'s gradient");
  expect_dual(what, f, example(x, 0));
}

// With a batch in both, in the first and in the second alone.
inline void expect_transforms(const std::string& what, const TwoTensors& f, const Tensor& a,
                              const Tensor& b) {
  reset_vmap_counts();
  expect_near(vmap(f)(a, b), looped(f, a, true, b, true), 1e-12);
  const Tensor one_a = example(a, 0), one_b = example(b, 0);
  expect_near(vmap(f, {0, not_mapped})(a, one_b), looped(f, a, true, one_b, false), 1e-12);
  expect_near(vmap(f, {not_mapped, 0})(one_a, b), looped(f, one_a, false, b, true), 1e-12);
  expect_rules_only(what);
  if (!is_floating(f(one_a, one_b).dtype())) return;
  expect_dual(
      what + " by the first", [&](const Tensor& v) { return f(v, one_b); }, one_a);
  expect_dual(
      what + " by the second", [&](const Tensor& v) { return f(one_a, v); }, one_b);
}

}  // namespace ramie
