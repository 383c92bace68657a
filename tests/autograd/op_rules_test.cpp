// Elementwise ops, reductions, softmax and sorting under vmap and jvp: each by its own rules.
#include <ramie/autograd/jacobian.h>
#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/cumulative.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/autograd/ops/statistics.h>

#include "ops/transforms.h"

namespace ramie {
namespace {

using One = Tensor (*)(const Tensor&);
using Two = Tensor (*)(const Tensor&, const Tensor&);
#define NAMED(f) \
  { #f, f }

TEST(OpRules, OfOneNumber) {
  const std::pair<const char*, One> everywhere[] = {
      NAMED(negative),  NAMED(abs),         NAMED(sign),       NAMED(square),    NAMED(exp),
      NAMED(exp2),      NAMED(expm1),       NAMED(sin),        NAMED(cos),       NAMED(tan),
      NAMED(atan),      NAMED(sinh),        NAMED(cosh),       NAMED(tanh),      NAMED(asinh),
      NAMED(erf),       NAMED(erfc),        NAMED(floor),      NAMED(ceil),      NAMED(round),
      NAMED(trunc),     NAMED(relu),        NAMED(relu6),      NAMED(sigmoid),   NAMED(softplus),
      NAMED(silu),      NAMED(selu),        NAMED(mish),       NAMED(hard_tanh), NAMED(hard_silu),
      NAMED(soft_sign), NAMED(log_sigmoid), NAMED(contiguous), NAMED(cbrt)};
  const Tensor x = random_normal({3, 4, 2});
  for (auto& [name, f] : everywhere) expect_transforms(name, OneTensor(f), x);
  const std::pair<const char*, One> positive[] = {NAMED(reciprocal), NAMED(sqrt),   NAMED(rsqrt),
                                                  NAMED(log),        NAMED(log2),   NAMED(log10),
                                                  NAMED(log1p),      NAMED(lgamma), NAMED(digamma)};
  const std::pair<const char*, One> inside[] = {NAMED(asin), NAMED(acos), NAMED(atanh), NAMED(erf_inv)};
  for (auto& [name, f] : positive) expect_transforms(name, OneTensor(f), abs(x) + 0.2);
  for (auto& [name, f] : inside) expect_transforms(name, OneTensor(f), tanh(x) * 0.9);
  expect_transforms("acosh", OneTensor(acosh), abs(x) + 1.1);
  expect_transforms(
      "gelu", [](const Tensor& v) { return gelu(v); }, x);
  expect_transforms(
      "elu", [](const Tensor& v) { return elu(v, 0.7); }, x);
  expect_transforms(
      "clip", [](const Tensor& v) { return clip(v, -0.5, 0.5); }, x);
  expect_transforms(
      "a number", [](const Tensor& v) { return 2 - (3 / (v * 2 + 9) + 1) * 4; }, x);
  expect_transforms(
      "power", [](const Tensor& v) { return power(v, 3) + power(2, v) + maximum(v, 0.1); }, x);
  expect_transforms(
      "astype", [](const Tensor& v) { return v.astype(float32).astype(float64); }, x, false);
  for (One f : {isnan, isinf, isfinite, logical_not}) expect_transforms("predicate", OneTensor(f), x, false);
}

TEST(OpRules, OfTwoNumbers) {
  const std::pair<const char*, Two> all[] = {
      NAMED(add),         NAMED(subtract),    NAMED(multiply), NAMED(divide),       NAMED(maximum),
      NAMED(minimum),     NAMED(remainder),   NAMED(fmod),     NAMED(floor_divide), NAMED(hypot),
      NAMED(atan2),       NAMED(logaddexp),   NAMED(copysign), NAMED(less),         NAMED(equal),
      NAMED(logical_and), NAMED(logical_xor), NAMED(power)};
  const Tensor a = abs(random_normal({3, 2, 4})) + 0.1, b = abs(random_normal({3, 4})) + 0.3;
  for (auto& [name, f] : all) expect_transforms(name, TwoTensors(f), a, b);
  expect_transforms(
      "where", [](const Tensor& u, const Tensor& v) { return where(u > v, u * v, 2); }, a, b);
  const Tensor m = random_integers({3, 5}, 0, 40), n = random_integers({3, 5}, 0, 6);
  for (Two f : std::initializer_list<Two>{bitwise_and, bitwise_or, bitwise_xor, left_shift, right_shift})
    expect_transforms("bits", TwoTensors(f), m, n);
}

TEST(OpRules, Reductions) {
  using Reduction = Tensor (*)(const Tensor&, const Shape&, bool);
  const std::pair<const char*, Reduction> all[] = {NAMED(sum),    NAMED(mean),  NAMED(max), NAMED(min),
                                                   NAMED(prod),   NAMED(var),   NAMED(std), NAMED(logsumexp),
                                                   NAMED(median), NAMED(nansum)};
  const Tensor x = random_normal({3, 2, 4, 3});
  for (auto& [name, f] : all)
    for (const Shape& axes : {Shape{}, {0}, {-1}, {0, 2}})
      for (bool keepdims : {false, true})
        expect_transforms(
            name, [&, f = f](const Tensor& v) { return f(v, axes, keepdims); }, x);
  for (Reduction f : std::initializer_list<Reduction>{any, static_cast<Reduction>(ramie::all), count_nonzero})
    expect_transforms(
        "truth", [&](const Tensor& v) { return f(v > 0, {1}, false); }, x, false);
  for (double ord : {1.0, 2.0, 3.0})
    expect_transforms(
        "norm", [&](const Tensor& v) { return norm(v, ord, {1}); }, x);
  expect_transforms(
      "sum of a number", [](const Tensor& v) { return sum(v) * max(v); }, random_normal({3}));
  expect_transforms(
      "sum_to",
      [](const Tensor& v) {
        return sum_to(v, {4, 1});
      },
      x);
  expect_transforms(
      "argmax", [](const Tensor& v) { return argmax(v, 1) - argmin(v, -1, true); }, random_normal({3, 4, 4}),
      false);
}

TEST(OpRules, AlongAnAxis) {
  const Tensor x = random_normal({3, 4, 5});
  for (int axis : {0, 1, -1}) {
    expect_transforms(
        "softmax", [&](const Tensor& v) { return softmax(v, axis); }, x);
    expect_transforms(
        "log_softmax", [&](const Tensor& v) { return log_softmax(v, axis); }, x);
    expect_transforms(
        "cumsum", [&](const Tensor& v) { return cumsum(v, axis); }, x);
    expect_transforms(
        "cumprod", [&](const Tensor& v) { return cumprod(v, axis); }, x);
    expect_transforms(
        "cumlogsumexp", [&](const Tensor& v) { return cumlogsumexp(v, axis, true); }, x);
    expect_transforms(
        "cummax", [&](const Tensor& v) { return cummax(v, axis); }, x);
    expect_transforms(
        "sort", [&](const Tensor& v) { return sort(v, axis, true); }, x);
    expect_transforms(
        "argsort", [&](const Tensor& v) { return argsort(v, axis); }, x, false);
    expect_transforms(
        "topk", [&](const Tensor& v) { return topk(v, 2, axis).first; }, x);
    expect_transforms(
        "standardize", [&](const Tensor& v) { return standardize(v, {axis}); }, x);
  }
  expect_transforms(
      "glu", [](const Tensor& v) { return glu(v, 0); }, x);
  const Tensor edges = sort(random_normal({3, 9})), at = random_normal({3, 4});
  expect_transforms(
      "searchsorted", [](const Tensor& e, const Tensor& v) { return searchsorted(e, v); }, edges, at);
  const Tensor labels = random_integers({3, 20}, 0, 6);
  expect_transforms(
      "bincount", [](const Tensor& v) { return bincount(v, 5); }, labels, false);
  expect_transforms(
      "histogram", [](const Tensor& v) { return histogram(v, 4).first; }, at, false);
}

// Rules of rules: jvp of grad, vmap of both.
TEST(OpRules, Hessians) {
  const Tensor x = random_normal({4});
  const std::pair<const char*, One> all[] = {
      {"softmax", [](const Tensor& v) { return sum(square(softmax(v))); }},
      {"log_softmax", [](const Tensor& v) { return sum(square(log_softmax(v))); }},
      {"logsumexp", [](const Tensor& v) { return logsumexp(v); }},
      {"max", [](const Tensor& v) { return square(max(v)); }},
      {"gelu", [](const Tensor& v) { return sum(gelu(v)); }},
      {"norm", [](const Tensor& v) { return norm(v); }},
      {"prod", [](const Tensor& v) { return prod(v); }},
      {"lgamma", [](const Tensor& v) { return sum(lgamma(square(v) + 1)); }}};
  for (auto& [name, f] : all) {
    const Tensor h = hessian(f)(x);
    expect_near(h, jacrev(jacrev(f))(x), 1e-10);
    expect_near(h, jacfwd(jacfwd(f))(x), 1e-10);
    expect_near(h, transpose(h), 1e-10);
  }
}

TEST(OpRules, SizesThatDependOnValues) {
  const char* reason =
      "the size of the result depends on the values, which differ within the batch of a vmap";
  const Tensor x = ones({2, 3}, int32);
  for (OneTensor f : {OneTensor(unique), OneTensor([](const Tensor& v) { return bincount(v); })})
    EXPECT_NE(error_of([&] { vmap(f)(x); }).find(reason), std::string::npos) << error_of([&] { vmap(f)(x); });
  EXPECT_EQ(jvp([](const Tensor& v) { return unique(v); }, ones({3}), ones({3})).second.item(), 1);
}

}  // namespace
}  // namespace ramie
