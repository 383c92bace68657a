#include <ramie/tensor/ops/pad.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }

TEST(Pad, AgreesWithJax) {
  for (auto& c : oracle::cases("shape", "pad"))
    check_case(c, [&](auto& x) {
      std::vector<std::pair<std::int64_t, std::int64_t>> widths = c.attributes["padding"];
      return pad(x[0], widths, c.attributes["value"].get<double>());
    });
}

TEST(Pad, SurroundsWithAConstant) {
  EXPECT_EQ(values(pad(tensor({{1, 2}, {3, 4}}), {{1, 0}, {0, 2}}, 7)),
            (Values{7, 7, 7, 7, 1, 2, 7, 7, 3, 4, 7, 7}));
  EXPECT_EQ(values(pad(zeros({0, 2}), {{1, 1}, {0, 0}}, 3)), (Values{3, 3, 3, 3}));
  EXPECT_EQ(pad(tensor(2.0), {}).item(), 2);
  EXPECT_EQ(pad(zeros({0}), {{0, 0}}).size(), 0);
}

TEST(Pad, TakesAnyViewAndDtype) {
  const Tensor x = random_integers({3, 4}, 0, 1);
  const Tensor expected = pad(x, {{2, 1}, {0, 3}}, 1);
  for (int t = 0; t < dtype_count; ++t)
    for (auto& v : odd_views(astype(x, static_cast<DType>(t)))) {
      const Tensor y = pad(v, {{2, 1}, {0, 3}}, 1);
      EXPECT_EQ(y.dtype(), v.dtype());
      EXPECT_EQ(values(y), values(expected));
    }
}

TEST(Pad, KernelLeavesGapsAndGoesBackwards) {
  const Tensor x = tensor({1., 2., 3.});
  EXPECT_EQ(values(launch(kernels::Pad{{6}, {0}, {2}}, x)), (Values{1, 0, 2, 0, 3, 0}));
  EXPECT_EQ(values(launch(kernels::Pad{{6}, {5}, {-2}, 9}, x)), (Values{9, 3, 9, 2, 9, 1}));
}

TEST(Pad, Errors) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(error_of([&] { pad(x, {{1, 1}}); }), "[pad] 1 pairs of widths for the 2 axes of float32[2,3].");
  EXPECT_EQ(error_of([&] {
              pad(x, {{0, 0}, {1, -1}});
            }),
            "[pad] the widths (1, -1) of axis 1 are negative: use slice.");
}

TEST(Pad, GradientsOfBothOrders) {
  for (int order : {1, 2}) {
    const auto report = check_gradients(
        [](const Tensor& x) {
          return square(pad(x, {{1, 0}, {2, 1}}, 0.5)) * pad(x, {{1, 0}, {2, 1}}, 2);
        },
        {random_normal({2, 3})}, {.order = order});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(Pad, LargeCopiesAreTheSameForAnyThreads) {
  const Tensor x = random_normal({37, 5, 301}, float32);
  expect_same_bits_for_any_threads([&] { return pad(transpose(x, {2, 0, 1}), {{1, 2}, {0, 1}, {3, 0}}); });
  expect_near(slice(slice(slice(pad(x, {{3, 1}, {2, 2}, {1, 4}}), 0, 3, 40), 1, 2, 7), 2, 1, 302), x, 0);
}

}  // namespace
}  // namespace ramie
