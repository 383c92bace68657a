// The kernels alone; tests/ops/loss_test.cpp has the differentiable function.
#include <ramie/tensor/ops/cross_entropy.h>

#include <numeric>

#include "support/ops.h"

namespace ramie {
namespace {

using kernels::CrossEntropy;
using kernels::CrossEntropyBackward;
using kernels::CrossEntropyWithGradient;

TEST(CrossEntropyKernel, HandWorked) {
  const Tensor logits = tensor({{std::log(1.0), std::log(3.0)}, {std::log(4.0), std::log(1.0)}}, float64);
  const Tensor labels = tensor({0, 0});
  expect_near(launch(CrossEntropy{}, logits, labels), {std::log(4.0), std::log(1.25)}, {2}, 1e-15);
  expect_near(launch(CrossEntropyBackward{}, tensor({1.0, 10.0}, float64), logits, labels),
              {-0.75, 0.75, -2, 2}, {2, 2}, 1e-15);
}

// Every length around the vectors' lengths, against the definition.
TEST(CrossEntropyKernel, OfEveryNumberOfClassesIsTheNaiveOne) {
  for (const auto& [dtype, tolerance] : {std::pair(float32, 3e-6), std::pair(float64, 2e-14)}) {
    std::vector<int> classes(68);
    std::iota(classes.begin(), classes.end(), 2);
    for (int n : {128, 129, 1000, 1025, 4097, 6000}) classes.push_back(n);
    for (const int n : classes) {
      const Tensor logits = random_normal({2, n}, dtype), labels = random_integers({2}, 0, n - 1),
                   dy = random_normal({2}, dtype);
      const auto x = logits.to_vector<double>(), d = dy.to_vector<double>();
      const auto label = labels.to_vector<int>();
      std::vector<double> loss, gradient;
      for (std::size_t r = 0; r < 2; ++r) {
        const double* row = x.data() + r * static_cast<std::size_t>(n);
        double sum = 0;
        for (int i = 0; i < n; ++i) sum += std::exp(row[i]);
        loss.push_back(std::log(sum) - row[label[r]]);
        for (int i = 0; i < n; ++i) gradient.push_back(d[r] * (std::exp(row[i]) / sum - (i == label[r])));
      }
      expect_near(launch(CrossEntropy{}, logits, labels), loss, {2}, tolerance);
      expect_near(launch(CrossEntropyBackward{}, dy, logits, labels), gradient, {2, n}, tolerance);
    }
  }
}

TEST(CrossEntropyKernel, OfOneClassIsZero) {
  expect_near(launch(CrossEntropy{}, tensor({{3.0}, {-9.0}}), tensor({0, 0})), {0, 0}, {2}, 0);
  expect_near(launch(CrossEntropyBackward{}, tensor({1.0, 2.0}), tensor({{3.0}, {-9.0}}), tensor({0, 0})),
              {0, 0}, {2, 1}, 0);
}

TEST(CrossEntropyKernel, NamesTheLabelThatIsNoClass) {
  const Tensor logits = zeros({3, 4});
  const std::string op = "[softmax_cross_entropy_with_integer_labels] ";
  const auto text_of = [&](const Tensor& labels) {
    const auto with_gradient = error_of(
        [&] { launch(CrossEntropyWithGradient{}, ones({3}), logits, labels)[0].to_vector<float>(); });
    EXPECT_NE(with_gradient, "");
    return error_of([&] { launch(CrossEntropy{}, logits, labels).to_vector<float>(); });
  };
  if (default_device() == cpu()) {
    EXPECT_EQ(text_of(tensor({0, 4, 1})),
              op + "label 4 (example 1) is not one of 4 classes: labels count from 0.");
    EXPECT_EQ(text_of(tensor({0, 1, -1}, int8)),
              op + "label -1 (example 2) is not one of 4 classes: labels count from 0.");
  } else {
    for (const Tensor& labels : {tensor({0, 4, 1}), tensor({0, 1, -1}, int8)})
      EXPECT_EQ(text_of(labels), op + "a label is not one of the classes: labels count from 0.");
  }
}

// There the error comes later, and the row is NaN until then.
TEST(CrossEntropyKernel, MarksTheRowOnCuda) {
  if (default_device() == cpu()) GTEST_SKIP();
  const Tensor logits = zeros({3, 4}), labels = tensor({0, 400000000, 3});
  const Tensor y = launch(CrossEntropy{}, logits, labels),
               dx = launch(CrossEntropyBackward{}, ones({3}), logits, labels);
  EXPECT_NE(error_of([] { synchronize(default_device()); }), "");
  expect_near(y, {std::log(4.0), NAN, std::log(4.0)}, {3}, 1e-6);
  expect_near(dx[0], {-0.75, 0.25, 0.25, 0.25}, {4}, 1e-6);
  expect_near(dx[1], {NAN, NAN, NAN, NAN}, {4}, 0);
}

// The loss and its gradient in one launch have the bits of two.
void expect_both(const Tensor& dy, const Tensor& logits, const Tensor& labels) {
  const auto same = [](const Tensor& a, const Tensor& b) {
    const Tensor x = a.to(cpu()), y = b.to(cpu());
    return x.layout().same(y.layout()) && !std::memcmp(x.view().data, y.view().data, x.layout().bytes());
  };
  const auto [loss, gradient] = launch(CrossEntropyWithGradient{}, dy, logits, labels);
  EXPECT_TRUE(same(loss, launch(CrossEntropy{}, logits, labels))) << loss;
  EXPECT_TRUE(same(gradient, launch(CrossEntropyBackward{}, dy, logits, labels))) << gradient;
}

TEST(CrossEntropyKernel, WithItsGradientHasTheSameBits) {
  for (DType t : {float32, float64}) {
    for (int n : {1, 2, 10, 15, 16, 17, 33, 64, 129, 1025, 6000})
      expect_both(random_normal({2, 3}, t), random_normal({2, 3, n}, t), random_integers({2, 3}, 0, n - 1));
    expect_both(zeros({0}, t), zeros({0, 4}, t), zeros({0}, int32));
    const double inf = INFINITY, nan = NAN;
    const Tensor odd = tensor({{1.0, inf, 0.0}, {-inf, -inf, -inf}, {nan, 1.0, 2.0}, {-inf, 0.0, 1.0}});
    expect_both(ones({4}, t), odd.astype(t), tensor({1, 0, 2, 0}));
  }
  const Tensor x = random_normal({4000, 10}, float32), dy = random_normal({4000}, float32),
               labels = random_integers({4000}, 0, 9);
  for (int i : {0, 1})
    expect_same_bits_for_any_threads(
        [&] { return launch(CrossEntropyWithGradient{}, dy, x, labels)[static_cast<std::size_t>(i)]; });
}

TEST(CrossEntropyKernel, TakesLabelsOfEveryDtype) {
  const Tensor logits = random_normal({5, 7}, float32), labels = tensor({6, 0, 3, 3, 1});
  const Tensor expected = launch(CrossEntropy{}, logits, labels);
  for (DType t : {uint8, int8, int16, uint32, int64})
    expect_near(launch(CrossEntropy{}, logits, astype(labels, t)), expected, 0);
}

TEST(CrossEntropyKernel, RefusesWhatItCannotRead) {
  const std::string op = "[softmax_cross_entropy_with_integer_labels] ";
  EXPECT_EQ(error_of([&] {
              launch(CrossEntropy{}, zeros({3, 4}), zeros({2}, int32));
            }),
            op + "the kernel takes dense integer labels of shape (3,), not int32[2].");
  EXPECT_EQ(error_of([&] {
              launch(CrossEntropy{}, zeros({3, 4}, bfloat16), zeros({3}, int32));
            }),
            op + "the kernel takes rows of dense float32 or float64, not bfloat16[3,4]: use the function of "
                 "this name.");
  EXPECT_EQ(
      error_of([&] {
        launch(CrossEntropyBackward{}, zeros({2}), zeros({3, 4}), zeros({3}, int32));
      }),
      "[softmax_cross_entropy_backward] the kernel takes a dense cotangent of shape (3,), not float32[2].");
}

}  // namespace
}  // namespace ramie
