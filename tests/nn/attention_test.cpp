#include <ramie/nn/attention.h>

#include <gtest/gtest.h>

#include <ramie/nn/view.h>

#include "nn/layer_cases.h"

namespace ramie::nn {
namespace {

using Options = MultiHeadAttentionOptions;

Check heads(
    std::int64_t n, const Options& o,
    Call<MultiHeadAttention> call = [](auto& m, const Inputs& x) { return m(x[0]); }) {
  return check<MultiHeadAttention>(
      [=](DType t, Rngs& rngs) {
        Options options = o;
        options.param_dtype = t;
        return MultiHeadAttention(n, 4, options, rngs);
      },
      std::move(call));
}

Tensor causal_mask() {
  const Tensor tokens = tensor({{3, 1, 0}, {2, 0, 0}}, int32);
  return combine_masks({make_attention_mask(tokens > 0, tokens > 0), make_causal_mask(tokens)});
}
Tensor masked(MultiHeadAttention& m, const Inputs& x) { return m(x[0], {.mask = causal_mask()}); }
Tensor causal(MultiHeadAttention& m, const Inputs& x) { return m(x[0], {.is_causal = true}); }

// One token after the other, from an empty cache.
Tensor decoded(MultiHeadAttention m, const Tensor& x) {
  m.init_cache(x.shape(), x.dtype());
  std::vector<Tensor> y;
  for (std::int64_t t = 0; t < x.shape(1); ++t) y.push_back(m(slice(x, 1, t, t + 1), {.decode = true}));
  return concatenate(y, 1);
}

// A cache is made by the call, which a recorded one must not.
void check_decoded(const oracle::Json& c) {
  Rngs rngs(0);
  MultiHeadAttention m(
      4, 4, {.qkv_features = 8, .out_features = 4, .num_kv_heads = 2, .param_dtype = float64}, rngs);
  for (auto& [path, value] : c.at("parameters").items()) update(m, State{{path, tensor_of(value)}});
  const Tensor x = tensor_of(c.at("inputs")[0]);
  expect_near(decoded(m, x), oracle::array(c.at("output")));
  expect_near(decoded(m, x), m(x, {.is_causal = true}));
}

const Options grouped = {.qkv_features = 8, .out_features = 4, .num_kv_heads = 2};

TEST(MultiHeadAttention, IsFlaxs) {
  Options dropped_by_head = {.broadcast_dropout = false, .dropout_rate = 0.4}, grouped_dropout = grouped;
  grouped_dropout.dropout_rate = 0.4;
  check_cases("nn/attention.json",
              {
                  {"self", heads(2, {})},
                  {"cross", heads(2, {.qkv_features = 8, .out_features = 3},
                                  [](auto& m, const Inputs& x) { return m(x[0], x[1]); })},
                  {"three", heads(2, {.use_bias = false},
                                  [](auto& m, const Inputs& x) { return m(x[0], x[1], x[2]); })},
                  {"masked", heads(2, {}, masked)},
                  {"causal", heads(2, {}, causal)},
                  {"no batch", heads(2, {})},
                  {"grouped", heads(4, grouped, causal)},
                  {"other keys",
                   heads(2, {.in_kv_features = 6}, [](auto& m, const Inputs& x) { return m(x[0], x[1]); })},
                  {"normalized", heads(2, {.normalize_qk = true})},
                  {"dropout", heads(2, {.dropout_rate = 0.4})},
                  {"dropout masked", heads(2, dropped_by_head, masked)},
                  {"dropout grouped", heads(4, grouped_dropout)},
                  {"deterministic", heads(2, {.dropout_rate = 0.4, .deterministic = true})},
                  {"decoded", check_decoded},
              });
}

TEST(MultiHeadAttention, ARecordedStepDecodes) {
  Rngs rngs(0);
  MultiHeadAttention m(2, 4, rngs);
  m.init_cache({1, 3, 4});
  const Tensor x = random_normal({1, 3, 4}, float32);
  const auto step =
      jit([](MultiHeadAttention& a, const Tensor& token) { return a(token, {.decode = true}); });
  for (std::int64_t t = 0; t < 3; ++t)
    expect_near(step(m, slice(x, 1, t, t + 1)), slice(m(x, {.is_causal = true}), 1, t, t + 1), 1e-6);
  EXPECT_EQ(m.cache_index->value().item(), 3);
}

TEST(MultiHeadAttention, ViewsSwitchDropout) {
  Rngs rngs(0);
  MultiHeadAttention m(2, 4, {.dropout_rate = 0.5}, rngs), evaluated = eval_view(m);
  const Tensor x = random_normal({1, 3, 4}, float32);
  expect_near(evaluated(x), evaluated(x), 0);
  EXPECT_EQ(m.rngs->count.value().item(), 0);
  EXPECT_GT(relative_error(m(x).to_vector<double>(), m(x).to_vector<double>()), 1e-3);
  EXPECT_FALSE(train_view(evaluated).deterministic);
  Rngs given(3), again(3);
  expect_near(m(x, {.rngs = &given}), m(x, {.rngs = &again}), 0);
  EXPECT_EQ(m.rngs->count.value().item(), 2);
}

TEST(MultiHeadAttention, ErrorsTellTheWaysOut) {
  Rngs rngs(0);
  EXPECT_EQ(error_of([&] { MultiHeadAttention(3, 4, rngs); }),
            "[MultiHeadAttention] 4 features do not divide among 3 heads: give .qkv_features.");
  EXPECT_EQ(error_of([&] { MultiHeadAttention(4, 4, {.num_kv_heads = 3}, rngs); }),
            "[MultiHeadAttention] 4 heads do not divide among 3 key and value heads.");
  EXPECT_EQ(error_of([&] { MultiHeadAttention(2, 4, {.dropout_rate = 1}, rngs); }),
            "[MultiHeadAttention] dropout_rate is 1: it must lie in [0, 1).");
  MultiHeadAttention m(2, 4, rngs);
  EXPECT_EQ(error_of([&] {
              m(ramie::ones({1, 3, 5}));
            }),
            "[LinearGeneral] the input is float32[1,3,5], but its axes (-1,) must have in_features = (4,) "
            "elements.");
  const auto decode = [&](const Shape& s) { return error_of([&] { m(ramie::ones(s), {.decode = true}); }); };
  EXPECT_EQ(decode({1, 1, 4}),
            "[MultiHeadAttention] there is no cache to decode with: call init_cache({batch, tokens, "
            "features}) first.");
  m.init_cache({1, 8, 4});
  EXPECT_EQ(decode({1, 2, 4}),
            "[MultiHeadAttention] decoding takes one token of each of 1 sequences, but the keys are "
            "float32[1,2,2,2]: inputs are (batch, 1, features).");
}

}  // namespace
}  // namespace ramie::nn
