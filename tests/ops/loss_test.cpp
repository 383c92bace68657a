#include <ramie/autograd/ops/loss.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>

#include "support/ops.h"

namespace ramie {
namespace {

Tensor call(const oracle::Case& c, const std::vector<Tensor>& x) {
  const bool first = c.attributes.value("axis", -1) == 0;  // optax's other axis: here the user transposes
  if (c.op == "softmax_cross_entropy")
    return softmax_cross_entropy(first ? transpose(x[0]) : x[0], first ? transpose(x[1]) : x[1]);
  if (c.op == "softmax_cross_entropy_with_integer_labels")
    return softmax_cross_entropy_with_integer_labels(x[0], x[1]);
  if (c.op == "sigmoid_binary_cross_entropy") return sigmoid_binary_cross_entropy(x[0], x[1]);
  if (c.op == "squared_error") return squared_error(x[0], x[1]);
  if (c.op == "l2_loss") return l2_loss(x[0], x[1]);
  if (c.op == "huber_loss") return huber_loss(x[0], x[1], c.attributes.value("delta", 1.0));
  throw std::invalid_argument("no such loss: " + c.op);
}

TEST(Loss, IsOptaxs) {
  for (const auto& c : oracle::cases("loss")) {
    check_case(c, [&](const std::vector<Tensor>& x) { return call(c, x); });
  }
}

TEST(Loss, HandWorked) {
  const Tensor p = tensor({1.0, 4.0, -2.0}, float64), t = tensor({0.5, 1.0, 1.0}, float64);
  expect_near(squared_error(p, t), {0.25, 9, 9}, {3}, 1e-15);
  expect_near(l2_loss(p, t), {0.125, 4.5, 4.5}, {3}, 1e-15);
  expect_near(huber_loss(p, t), {0.125, 2.5, 2.5}, {3}, 1e-15);
  expect_near(sigmoid_binary_cross_entropy(tensor({0.0, 0.0}), tensor({0.0, 1.0})),
              {std::log(2.0), std::log(2.0)}, {2}, 1e-7);
}

TEST(CrossEntropy, OfIntegerLabelsIsThatOfOneHotOnes) {
  const Tensor logits = random_normal({4, 5, 3});
  for (const DType t : {uint8, int8, int16, int32, uint32, int64}) {
    const Tensor labels = random_integers({4, 5}, 0, 2, t);
    expect_near(softmax_cross_entropy_with_integer_labels(logits, labels),
                softmax_cross_entropy(logits, one_hot(labels, 3, float64)), 1e-14);
  }
}

TEST(CrossEntropy, DoesNotOverflow) {
  const Tensor logits = tensor({{1e4, -1e4}, {-1e4, 1e4}}, float32);
  expect_near(softmax_cross_entropy_with_integer_labels(logits, tensor({0, 0})), {0, 2e4}, {2}, 1e-6);
  expect_near(sigmoid_binary_cross_entropy(tensor({1e4, -1e4}), tensor({0.0, 0.0})), {1e4, 0}, {2}, 1e-6);
}

TEST(CrossEntropy, OfViewsIsThatOfTheirCopies) {
  const Tensor logits = random_normal({6, 4}), labels = random_integers({6}, 0, 3);
  const Tensor expected = softmax_cross_entropy_with_integer_labels(logits, labels);
  for (const Tensor& l : odd_views(logits))
    for (const Tensor& y : odd_views(labels))
      expect_near(softmax_cross_entropy_with_integer_labels(l, y), expected, 0);
}

TEST(CrossEntropy, SmallDtypesComputeInFloat) {
  const Tensor logits = random_normal({6, 4}, bfloat16), labels = random_integers({6}, 0, 3);
  const Tensor loss = softmax_cross_entropy_with_integer_labels(logits, labels);
  EXPECT_EQ(loss.dtype(), bfloat16);
  expect_near(
      loss, astype(softmax_cross_entropy_with_integer_labels(astype(logits, float32), labels), bfloat16), 0);
}

TEST(CrossEntropy, OfNothing) {
  EXPECT_EQ(softmax_cross_entropy_with_integer_labels(zeros({0, 3}), zeros({0}, int32)).shape(), Shape({0}));
  EXPECT_EQ(softmax_cross_entropy(zeros({0, 3}), zeros({0, 3})).shape(), Shape({0}));
}

TEST(CrossEntropy, GradientsOfFirstAndSecondOrder) {
  const Tensor logits = random_normal({3, 4}), labels = random_integers({3}, 0, 3),
               probabilities = random_normal({3, 4});
  auto report = check_gradients(
      [&](const Tensor& x) { return square(softmax_cross_entropy_with_integer_labels(x, labels)); }, {logits},
      {.order = 2});
  EXPECT_TRUE(report) << report.table;
  report = check_gradients([](const Tensor& x, const Tensor& p) { return softmax_cross_entropy(x, p); },
                           {logits, probabilities}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(CrossEntropyBackward, HasGradientsToBothInputs) {
  const Tensor dy = random_normal({3}), logits = random_normal({3, 4}), labels = random_integers({3}, 0, 3);
  const auto report =
      check_gradients([&](const Tensor& dy,
                          const Tensor& x) { return detail::softmax_cross_entropy_backward(dy, x, labels); },
                      {dy, logits}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Loss, GradientsOfFirstAndSecondOrder) {
  const Tensor a = random_normal({7}), b = random_normal({7});
  const auto losses = {squared_error, l2_loss, sigmoid_binary_cross_entropy,
                       +[](const Tensor& p, const Tensor& t) { return huber_loss(p, t, 0.5); }};
  for (const auto loss : losses) {
    const auto report =
        check_gradients([&](const Tensor& p, const Tensor& t) { return loss(p, t); }, {a, b}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(CrossEntropy, HasTheSameBitsForAnyNumberOfThreads) {
  const Tensor logits = random_normal({3000, 10}, float32), labels = random_integers({3000}, 0, 9),
               dy = random_normal({3000}, float32);
  expect_same_bits_for_any_threads([&] { return softmax_cross_entropy_with_integer_labels(logits, labels); });
  expect_same_bits_for_any_threads(
      [&] { return detail::softmax_cross_entropy_backward(dy, logits, labels); });
}

TEST(Loss, ErrorsNameShapesAndTheWayOut) {
  const std::string op = "[softmax_cross_entropy_with_integer_labels] ";
  EXPECT_EQ(error_of([] {
              softmax_cross_entropy_with_integer_labels(zeros({32, 10}), zeros({32, 1}, int32));
            }),
            op + "logits float32[32,10] need labels of shape (32,), not (32, 1): one class number for each "
                 "row. Reshape the labels; "
                 "if they are probabilities, use softmax_cross_entropy.");
  EXPECT_EQ(error_of([] {
              softmax_cross_entropy_with_integer_labels(zeros({2, 3}), zeros({2}));
            }),
            op + "labels are integers, not float32[2]: use labels.astype(int32).");
  EXPECT_EQ(error_of([] {
              softmax_cross_entropy_with_integer_labels(zeros({2, 3}, int32), zeros({2}, int32));
            }),
            op + "logits are floating numbers of shape (..., classes), not int32[2,3].");
  EXPECT_EQ(
      error_of([] {
        softmax_cross_entropy_with_integer_labels(zeros({2, 3}), tensor({1, 3})).to_vector<float>();
      }),
      op + (default_device() == cpu() ? "label 3 (example 1) is not one of 3 classes: labels count from 0."
                                      : "a label is not one of the classes: labels count from 0."));
  EXPECT_EQ(error_of([] { softmax_cross_entropy(tensor(1.0), tensor(1.0)); }),
            "[softmax_cross_entropy] logits are floating numbers of shape (..., classes), not float32[].");
  EXPECT_EQ(
      error_of([] {
        l2_loss(zeros({4, 1}), zeros({4}));
      }),
      "[l2_loss] predictions float32[4,1] and targets float32[4] differ in shape: reshape one of them.");
}

}  // namespace
}  // namespace ramie
