#include <ramie/nn/losses.h>

#include <cmath>

#include <ramie/autograd/check_gtest.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/ops/statistics.h>

#include "support/frameworks.h"

namespace ramie {
namespace frameworks {
namespace {

std::optional<std::int64_t> ignored(const Json& a) {
  return a.contains("ignore_index") ? std::optional(integer(a, "ignore_index")) : std::nullopt;
}
double real(const Json& a, const char* name) { return a.at(name).get<double>(); }
std::optional<double> optional_real(const Json& a, const char* name) {
  return a.at(name).is_null() ? std::nullopt : std::optional(real(a, name));
}

}  // namespace

const Family& family() {
  static const Family all{
      {"losses"},
      {
          {"softmax_cross_entropy_with_integer_labels",
           [](auto& x, auto& a) {
             return softmax_cross_entropy_with_integer_labels(
                 x[0], x[1], {.ignore_index = ignored(a), .label_smoothing = real(a, "label_smoothing")});
           }},
          {"nll_loss", [](auto& x, auto& a) { return nll_loss(x[0], x[1], ignored(a)); }},
          {"multiclass_hinge_loss", binary(multiclass_hinge_loss)},
          {"smooth_labels", [](auto& x, auto& a) { return smooth_labels(x[0], real(a, "alpha")); }},
          {"kl_divergence", binary(kl_divergence)},
          {"kl_divergence_with_log_targets", binary(kl_divergence_with_log_targets)},
          {"hinge_loss", binary(hinge_loss)},
          {"sigmoid_focal_loss",
           [](auto& x, auto& a) {
             return sigmoid_focal_loss(x[0], x[1],
                                       {.gamma = real(a, "gamma"), .alpha = optional_real(a, "alpha")});
           }},
          {"absolute_error", binary(absolute_error)},
          {"log_cosh", binary(log_cosh)},
          {"smooth_l1_loss", [](auto& x, auto& a) { return smooth_l1_loss(x[0], x[1], real(a, "beta")); }},
          {"cosine_similarity",
           [](auto& x, auto& a) { return cosine_similarity(x[0], x[1], real(a, "epsilon")); }},
          {"cosine_distance",
           [](auto& x, auto& a) { return cosine_distance(x[0], x[1], real(a, "epsilon")); }},
          {"triplet_margin_loss",
           [](auto& x, auto& a) {
             return triplet_margin_loss(x[0], x[1], x[2],
                                        {.margin = real(a, "margin"), .norm_degree = real(a, "norm_degree")});
           }},
          {"ctc_loss",
           [](auto& x, auto& a) {
             return ctc_loss(x[0], x[1], x[2], x[3], {.blank_id = integer(a, "blank_id")});
           }},
      }};
  return all;
}

}  // namespace frameworks

namespace {

TEST(Losses, HandWorked) {
  const Tensor p = tensor({3.0, -0.5}), t = tensor({1.0, 0.0});
  expect_near(absolute_error(p, t), {2, 0.5}, {2}, 1e-7);
  expect_near(smooth_l1_loss(p, t), {1.5, 0.125}, {2}, 1e-7);
  expect_near(hinge_loss(p, tensor({1.0, 1.0})), {0, 1.5}, {2}, 1e-7);
  expect_near(nll_loss(tensor({{-1.0, -2.0}, {-3.0, -4.0}}), tensor({1, 0})), {2, 3}, {2}, 1e-7);
  expect_near(kl_divergence(log(tensor({0.5, 0.5})), tensor({1.0, 0.0})), {std::log(2.0)}, {}, 1e-7);
  expect_near(cosine_distance(tensor({1.0, 0.0}), tensor({0.0, 2.0})), {1}, {}, 1e-7);
  expect_near(multiclass_hinge_loss(tensor({{2.0, 1.5, 0.0}}), tensor({0})), {0.5}, {1}, 1e-7);
  expect_near(smooth_labels(tensor({1.0, 0.0}), 0.2), {0.9, 0.1}, {2}, 1e-7);
  const Tensor zero = zeros({2});
  expect_near(triplet_margin_loss(zero, tensor({3.0, 4.0}), zero, {.margin = 2, .epsilon = 0}), {7}, {},
              1e-7);
  // Two frames of even chances: blank a, a blank, a a.
  expect_near(ctc_loss(zeros({1, 2, 2}), zeros({1, 2}), tensor({{1}}), zeros({1, 1})), {-std::log(0.75)}, {1},
              1e-7);
}

TEST(Losses, DoNotOverflow) {
  const Tensor x = tensor({{1e4, -1e4}, {-1e4, 1e4}}), y = tensor({0, 0});
  expect_near(softmax_cross_entropy_with_integer_labels(x, y, {.label_smoothing = 0.5}), {5e3, 1.5e4}, {2},
              1e-6);
  expect_near(sigmoid_focal_loss(tensor({1e4, -1e4}), tensor({0, 1})), {1e4, 1e4}, {2}, 1e-6);
  expect_near(log_cosh(tensor({1e4}), tensor({-1e4})), {2e4 - std::log(2.0)}, {1}, 1e-6);
  expect_near(ctc_loss(1e3 * one_hot(tensor({{1, 0, 1}}), 2), zeros({1, 3}), tensor({{1, 1}}), zeros({1, 2})),
              {0}, {1}, 1e-6);
}

// What a framework's mean over the others is: average(losses, labels != ignored).
TEST(Losses, AnAverageOverTheLabelsThatCount) {
  const Tensor logits = variable(random_normal({4, 3})), labels = tensor({2, -100, 0, -100});
  const auto losses = softmax_cross_entropy_with_integer_labels(logits, labels, {.ignore_index = -100});
  const Tensor kept = take(logits, tensor({0, 2}));
  expect_near(average(losses, labels != -100),
              mean(softmax_cross_entropy_with_integer_labels(kept, tensor({2, 0}))), 1e-12);
  const Tensor g = gradients(sum(losses), {logits})[0];
  expect_near(take(g, tensor({1, 3})), zeros({2, 3}, float64), 0);
}

TEST(Losses, IgnoreAnIndexThatTheDtypeLacks) {
  const Tensor logits = random_normal({2, 3}), labels = tensor({1, 2}, uint8);
  expect_near(softmax_cross_entropy_with_integer_labels(logits, labels, {.ignore_index = -1}),
              softmax_cross_entropy_with_integer_labels(logits, labels), 0);
  expect_near(nll_loss(logits, tensor({255, 2}, uint8), 255), stack({tensor(0.0, float64), -logits[1][2]}),
              0);
}

// At its zeros the targets have a gradient, where JAX and PyTorch give NaN.
TEST(KlDivergence, OfTargetsThatAreZero) {
  const Tensor p = log(softmax(random_normal({3}))), t = variable(tensor({0.0, 0.5, 0.5}, float64));
  for (double g : gradients(kl_divergence(p, t), {t})[0].to_vector<double>()) EXPECT_TRUE(std::isfinite(g));
}

TEST(CtcLoss, OfFramesThatAreTooFewIsLarge) {
  const auto loss = [](double log_epsilon) {
    return ctc_loss(zeros({1, 1, 3}), zeros({1, 1}), tensor({{1, 2}}), zeros({1, 2}),
                    {.log_epsilon = log_epsilon})
        .item();
  };
  EXPECT_GT(loss(-1e5), 9e4);
  EXPECT_LT(loss(-1e5), 3e5);
}
TEST(CtcLoss, PaddedLabelsAndFramesDoNotMatter) {
  const Tensor x = random_normal({2, 4, 3}), frames = tensor({{0, 0, 0, 1}, {0, 0, 1, 1}}),
               pads = tensor({{0, 1}, {0, 1}});
  const Tensor other = where(expand_dims(frames, -1) != 0, 7.0, x);
  expect_near(ctc_loss(x, frames, tensor({{1, 2}, {2, -1}}), pads),
              ctc_loss(other, frames, tensor({{1, 9}, {2, 1}}), pads), 0);
}
TEST(CtcLoss, SmallDtypesComputeInFloat) {
  const Tensor x = random_normal({1, 4, 3}, float16), none = zeros({1, 4}), y = tensor({{1, 1}});
  const Tensor loss = ctc_loss(x, none, y, zeros({1, 2}));
  EXPECT_EQ(loss.dtype(), float16);
  expect_near(loss, ctc_loss(x.astype(float32), none, y, zeros({1, 2})).astype(float16), 0);
}

TEST(Losses, GradientsOfSecondOrder) {
  const Tensor x = random_normal({3, 4}), y = tensor({1, -1, 3}), z = random_normal({3, 4});
  EXPECT_GRADIENTS2(
      [&](const Tensor& x) {
        return square(
            softmax_cross_entropy_with_integer_labels(x, y, {.ignore_index = -1, .label_smoothing = 0.1}));
      },
      x);
  EXPECT_GRADIENTS2([&](const Tensor& x) { return square(nll_loss(x, y, -1)); }, x);
  EXPECT_GRADIENTS2(log_cosh, x, z);
  EXPECT_GRADIENTS2([](const Tensor& x, const Tensor& z) { return kl_divergence(x, softmax(z)); }, x, z);
  EXPECT_GRADIENTS2(
      [](const Tensor& x, const Tensor& z) { return sigmoid_focal_loss(x, sigmoid(z), {.alpha = 0.3}); }, x,
      z);
  EXPECT_GRADIENTS2([](const Tensor& x, const Tensor& z) { return square(cosine_distance(x, z)); }, x, z);
  EXPECT_GRADIENTS2(
      [](const Tensor& x, const Tensor& z) { return triplet_margin_loss(x, z, 0.5 * x - z, {.margin = 9}); },
      x, z);
  EXPECT_GRADIENTS2(
      [](const Tensor& x) {
        return square(ctc_loss(expand_dims(x, 0), zeros({1, 3}), tensor({{1, 2}}), zeros({1, 2})));
      },
      x);
}

TEST(Losses, Captured) {
  const Tensor y = tensor({{1, 2}, {2, 0}}), frames = tensor({{0, 0, 0}, {0, 0, 1}}),
               pads = tensor({{0, 0}, {0, 1}});
  const auto f = [&](const Tensor& x) { return mean(ctc_loss(x, frames, y, pads)); };
  const auto step = jit(grad(f));
  for (int i = 0; i < 3; ++i) {
    const Tensor x = random_normal({2, 3, 4});
    expect_near(step(x), grad(f)(x), 1e-14);
  }
}

TEST(Losses, ErrorsNameShapesAndTheWayOut) {
  const Tensor x = zeros({4, 3}), y = zeros({4}, int32);
  EXPECT_EQ(error_of([&] { softmax_cross_entropy_with_integer_labels(x, zeros({3}, int32), {}); }),
            "[softmax_cross_entropy_with_integer_labels] logits float32[4,3] need integer labels of shape "
            "(4,), not int32[3].");
  EXPECT_EQ(error_of([&] { softmax_cross_entropy_with_integer_labels(x, y, {.label_smoothing = 2}); }),
            "[softmax_cross_entropy_with_integer_labels] label_smoothing is 2: it must be in [0, 1].");
  EXPECT_EQ(error_of([&] { nll_loss(x, zeros({4})); }),
            "[nll_loss] log-probabilities float32[4,3] need integer labels of shape (4,), not float32[4].");
  EXPECT_EQ(
      error_of([&] { absolute_error(x, y); }),
      "[absolute_error] predictions float32[4,3] and targets int32[4] differ in shape: reshape one of them.");
  EXPECT_EQ(error_of([&] { log_cosh(y, y); }),
            "[log_cosh] predictions are floating numbers, not int32[4]: use astype(float32).");
  EXPECT_EQ(error_of([&] { smooth_l1_loss(x, x, 0); }), "[smooth_l1_loss] beta is 0: it must be positive.");
  EXPECT_EQ(error_of([&] { ctc_loss(x, x, y, y); }),
            "[ctc_loss] logits are floating numbers of shape (batch, frames, classes), not float32[4,3].");
  const Tensor logits = zeros({2, 5, 3}), frames = zeros({2, 5}), labels = zeros({2, 4}, int32);
  EXPECT_EQ(error_of([&] {
              ctc_loss(logits, frames, zeros({3, 4}, int32), labels);
            }),
            "[ctc_loss] logits float32[2,5,3] need integer labels of shape (2, length), not int32[3,4].");
  EXPECT_EQ(error_of([&] { ctc_loss(logits, labels, labels, labels); }),
            "[ctc_loss] logit_paddings int32[2,4] must have shape (2, 5).");
  EXPECT_EQ(error_of([&] { ctc_loss(logits, frames, labels, labels, {.blank_id = 3}); }),
            "[ctc_loss] blank_id 3 is not one of 3 classes.");
}

// Found when the kernel runs, and not taken for labels that count from the end.
TEST(Losses, LabelsOutOfRangeAreErrors) {
  for (const int label : {-1, -3, 3})
    for (const auto loss : {+[](const Tensor&x, const Tensor&y) { return nll_loss(x, y); },
                            +[](const Tensor&x, const Tensor&y) { return multiclass_hinge_loss(x, y); }})
      EXPECT_NE(error_of([&] { loss(zeros({1, 3}), tensor({label})).to_vector<float>(); }), "") << label;
}

}  // namespace
}  // namespace ramie
