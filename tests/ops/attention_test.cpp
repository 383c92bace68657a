#include <ramie/autograd/ops/attention.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

// As the formula says: one query after the other. visible(b, n, t, s) and bias(b, n, t, s).
template <class Visible, class Bias>
std::vector<double> naive(const Tensor& q, const Tensor& k, const Tensor& v, double scale, Visible visible,
                          Bias bias) {
  const auto qs = q.to_vector<double>(), ks = k.to_vector<double>(), vs = v.to_vector<double>();
  const auto at = [](const std::vector<double>& x, const Tensor& of, std::int64_t b, std::int64_t t,
                     std::int64_t n, std::int64_t h) {
    return x[static_cast<std::size_t>(((b * of.shape(1) + t) * of.shape(2) + n) * of.shape(3) + h)];
  };
  std::vector<double> y;
  for (std::int64_t b = 0; b < q.shape(0); ++b)
    for (std::int64_t t = 0; t < q.shape(1); ++t)
      for (std::int64_t n = 0; n < q.shape(2); ++n) {
        const std::int64_t head = n / (q.shape(2) / k.shape(2));
        std::vector<double> out(static_cast<std::size_t>(v.shape(3)));
        double total = 0;
        for (std::int64_t s = 0; s < k.shape(1); ++s) {
          if (!visible(b, n, t, s)) continue;
          double logit = 0;
          for (std::int64_t h = 0; h < q.shape(3); ++h)
            logit += at(qs, q, b, t, n, h) * at(ks, k, b, s, head, h);
          const double weight = std::exp(logit * scale + bias(b, n, t, s));
          total += weight;
          for (std::size_t h = 0; h < out.size(); ++h)
            out[h] += weight * at(vs, v, b, s, head, static_cast<std::int64_t>(h));
        }
        for (double o : out) y.push_back(o / total);
      }
  return y;
}
const auto all_visible = [](auto...) { return true; };
const auto no_bias = [](auto...) { return 0.0; };

struct Inputs {
  Tensor q = random_normal({2, 3, 4, 5}), k = random_normal({2, 6, 2, 5}), v = random_normal({2, 6, 2, 7});
  const Shape y{2, 3, 4, 7};
};

TEST(Attention, HandWorked) {
  // One query between two keys at log(3) : 0 sees values 8 and 4 as 3 : 1.
  const Tensor q = reshape(tensor({std::log(3.0)}, float64), {1, 1, 1, 1});
  const Tensor k = reshape(tensor({1.0, 0.0}, float64), {1, 2, 1, 1});
  const Tensor v = reshape(tensor({8.0, 4.0}, float64), {1, 2, 1, 1});
  expect_near(dot_product_attention(q, k, v), {7}, {1, 1, 1, 1});
  expect_near(dot_product_attention(q, k, v, {.scale = 0}), {6}, {1, 1, 1, 1});
  expect_near(dot_product_attention(q, k, v, {.is_causal = true}), {8}, {1, 1, 1, 1});
}

TEST(Attention, IsItsFormula) {
  const Inputs in;
  const double scale = 1 / std::sqrt(5.0);
  expect_near(dot_product_attention(in.q, in.k, in.v), naive(in.q, in.k, in.v, scale, all_visible, no_bias),
              in.y, 1e-13);
  expect_near(dot_product_attention(in.q, in.k, in.v, {.scale = 0.3, .is_causal = true}),
              naive(
                  in.q, in.k, in.v, 0.3, [](auto, auto, auto t, auto s) { return s <= t; }, no_bias),
              in.y, 1e-13);
  const Tensor bias = random_normal({4, 1, 6});
  const auto values = bias.to_vector<double>();
  expect_near(dot_product_attention(in.q, in.k, in.v, {.bias = bias}),
              naive(in.q, in.k, in.v, scale, all_visible,
                    [&](auto, auto n, auto, auto s) { return values[static_cast<std::size_t>(n * 6 + s)]; }),
              in.y, 1e-13);
}

TEST(Attention, LooksWhereTheMaskIsTrue) {
  const Inputs in;
  const Tensor tokens = tensor({{1, 1, 1, 1, 0, 0}, {1, 0, 1, 0, 1, 0}}), queries = ones({2, 3});
  const auto seen = tokens.to_vector<double>();
  expect_near(
      dot_product_attention(in.q, in.k, in.v, {.mask = make_attention_mask(queries, tokens)}),
      naive(
          in.q, in.k, in.v, 1 / std::sqrt(5.0),
          [&](auto b, auto, auto, auto s) { return seen[static_cast<std::size_t>(b * 6 + s)] > 0; }, no_bias),
      in.y, 1e-13);
  const Tensor nothing = zeros({1, 1, 1, 6}, bool_);  // the mean of all values
  const Tensor y = dot_product_attention(in.q, in.k, in.v, {.mask = nothing});
  expect_near(slice(y, 2, 0, 1), broadcast_to(mean(slice(in.v, 2, 0, 1), {1}, true), {2, 3, 1, 7}), 1e-13);
}

TEST(Attention, GradientsEqualDifferences) {
  const Tensor q = random_normal({1, 2, 2, 2}), k = random_normal({1, 3, 1, 2}),
               v = random_normal({1, 3, 1, 2}), bias = random_normal({1, 2, 2, 3});
  const auto f = [](const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
    return square(dot_product_attention(q, k, v, {.bias = bias, .is_causal = true}));
  };
  const auto report = check_gradients(f, {q, k, v, bias}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Attention, WithoutABatchOfDtypesAndOfNothing) {
  const Inputs in;
  const auto first = [](const Tensor& x) { return x[0]; };
  const Tensor y = dot_product_attention(in.q, in.k, in.v);
  expect_near(dot_product_attention(first(in.q), first(in.k), first(in.v)), first(y), 1e-13);
  for (DType t : {float16, bfloat16, float32}) {
    const Tensor small = dot_product_attention(astype(in.q, t), astype(in.k, t), astype(in.v, t));
    EXPECT_EQ(small.dtype(), t);
    expect_near(small, y, t == float32 ? 1e-6 : 2e-2);
  }
  for (auto& view : odd_views(in.q)) expect_near(dot_product_attention(view, in.k, in.v), y, 1e-13);
  EXPECT_EQ(dot_product_attention(zeros({0, 3, 4, 5}), zeros({0, 6, 2, 5}), zeros({0, 6, 2, 7})).shape(),
            (Shape{0, 3, 4, 7}));
  EXPECT_EQ(dot_product_attention(zeros({2, 0, 4, 5}), zeros({2, 6, 2, 5}), zeros({2, 6, 2, 7})).shape(),
            (Shape{2, 0, 4, 7}));
}

TEST(AttentionMask, HandWorked) {
  const Tensor causal = make_causal_mask(zeros({2, 3}));
  expect_near(slice(causal, 0, 1, 2), {1, 0, 0, 1, 1, 0, 1, 1, 1}, {1, 1, 3, 3});
  EXPECT_EQ(causal.shape(), (Shape{2, 1, 3, 3}));
  EXPECT_EQ(causal.dtype(), bool_);
  const Tensor pairs = make_attention_mask(tensor({1, 0}), tensor({1, 1, 0}));
  expect_near(pairs, {1, 1, 0, 0, 0, 0}, {1, 2, 3});
  const Tensor seen = make_attention_mask(ones({3}), tensor({0, 1, 1}));
  expect_near(combine_masks({make_causal_mask(zeros({3})), Tensor(), seen}), {0, 0, 0, 0, 1, 0, 0, 1, 1},
              {1, 3, 3});
}

TEST(Attention, NamesWhatDoesNotFit) {
  const auto error = [](const Shape& q, const Shape& k, const Shape& v, const AttentionOptions& o = {}) {
    return error_of([&] { dot_product_attention(zeros(q), zeros(k), zeros(v), o); });
  };
  const auto text = [](const char* what, const char* shapes) {
    return std::string("[dot_product_attention] ") + what + ": " + shapes +
           " They are [B, T, N, H], [B, S, K, H] and [B, S, K, V].";
  };
  EXPECT_EQ(error({2, 3}, {2, 3}, {2, 3}),
            text("queries, keys and values have 4 axes",
                 "query is float32[2,3], key float32[2,3], value float32[2,3]."));
  EXPECT_EQ(
      error({2, 3, 4, 5}, {1, 6, 2, 5}, {2, 6, 2, 7}),
      text("the batches differ", "query is float32[2,3,4,5], key float32[1,6,2,5], value float32[2,6,2,7]."));
  EXPECT_EQ(error({2, 3, 4, 5}, {2, 6, 2, 4}, {2, 6, 2, 7}),
            text("queries and keys differ in length",
                 "query is float32[2,3,4,5], key float32[2,6,2,4], value float32[2,6,2,7]."));
  EXPECT_EQ(error({2, 3, 4, 5}, {2, 6, 2, 5}, {2, 5, 2, 7}),
            text("each key needs a value",
                 "query is float32[2,3,4,5], key float32[2,6,2,5], value float32[2,5,2,7]."));
  EXPECT_EQ(error({2, 3, 4, 5}, {2, 6, 3, 5}, {2, 6, 3, 7}),
            text("the query heads do not divide among the key heads",
                 "query is float32[2,3,4,5], key float32[2,6,3,5], value float32[2,6,3,7]."));
  EXPECT_EQ(error({2, 3, 4, 5}, {2, 6, 4, 5}, {2, 6, 4, 7}, {.mask = ones({3, 5})}),
            "[dot_product_attention] mask is float32[3,5], which does not broadcast to the logits (2, 4, 3, "
            "6): [B, N, T, S].");
}

}  // namespace
}  // namespace ramie
