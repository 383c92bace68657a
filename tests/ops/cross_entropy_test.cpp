// The kernels alone; tests/ops/loss_test.cpp has the differentiable function.
#include <ramie/tensor/ops/cross_entropy.h>

#include "support/ops.h"

namespace ramie {
namespace {

using kernels::CrossEntropy;
using kernels::CrossEntropyBackward;

TEST(CrossEntropyKernel, HandWorked) {
  const Tensor logits = tensor({{std::log(1.0), std::log(3.0)}, {std::log(4.0), std::log(1.0)}}, float64);
  const Tensor labels = tensor({0, 0});
  expect_near(launch(CrossEntropy{}, logits, labels), {std::log(4.0), std::log(1.25)}, {2}, 1e-15);
  expect_near(launch(CrossEntropyBackward{}, tensor({1.0, 10.0}, float64), logits, labels),
              {-0.75, 0.75, -2, 2}, {2, 2}, 1e-15);
}

// Every length around the vectors' lengths, against the definition.
TEST(CrossEntropyKernel, OfEveryNumberOfClassesIsTheNaiveOne) {
  for (const auto& [dtype, tolerance] : {std::pair(float32, 2e-6), std::pair(float64, 1e-14)}) {
    for (int n = 2; n < 70; ++n) {
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
  EXPECT_EQ(error_of([&] {
              launch(CrossEntropy{}, logits, tensor({0, 4, 1}));
            }),
            op + "label 4 (example 1) is not one of 4 classes: labels count from 0.");
  EXPECT_EQ(error_of([&] {
              launch(CrossEntropy{}, logits, tensor({0, 1, -1}, int8));
            }),
            op + "label -1 (example 2) is not one of 4 classes: labels count from 0.");
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
