#include <ramie/tensor/ops/cumsum.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }

TEST(Cumsum, AgreesWithJax) {
  for (auto& c : oracle::cases("reduce", "cumsum"))
    check_case(c, [&](auto& x) { return cumsum(x[0], c.attributes["axis"].template get<int>()); });
}

TEST(Cumsum, RunningTotals) {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  EXPECT_EQ(values(cumsum(x, 0)), (Values{1, 2, 3, 5, 7, 9}));
  EXPECT_EQ(values(cumsum(x, -1)), (Values{1, 3, 6, 4, 9, 15}));
  EXPECT_EQ(cumsum(zeros({0, 2}), 0).shape(), (Shape{0, 2}));
  EXPECT_EQ(error_of([&] { cumsum(x, 2); }), "[cumsum] axis 2 is out of range for 2 axes.");
}

TEST(Cumsum, EveryDtypeAndView) {
  const Tensor x = random_integers({3, 50, 20}, 0, 1);
  for (int t = 0; t < dtype_count; ++t)
    for (auto& v : odd_views(astype(x, static_cast<DType>(t))))
      for (int axis : {0, 1, 2}) EXPECT_EQ(values(cumsum(v, axis)), values(cumsum(x, axis)));
  EXPECT_EQ(cumsum(astype(x, bool_), 0).dtype(), int32);
  EXPECT_EQ(cumsum(astype(x, int64), 0).dtype(), int64);
  EXPECT_EQ(cumsum(astype(x, bfloat16), 0).dtype(), bfloat16);
  EXPECT_EQ(cumsum(full({1000}, 1, bfloat16), 0)[-1].item(), 1000);
}

Values naive(const Values& x, std::int64_t n, std::int64_t inner) {
  Values y = x;
  const auto step = static_cast<std::size_t>(inner), block = static_cast<std::size_t>(n) * step;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (i % block >= step) y[i] += y[i - step];
  return y;
}

// Rows for a thread, a warp, a block and several blocks of a GPU, and columns that are cut.
TEST(Cumsum, AgreesWithThePlainLoop) {
  for (auto& [outer, n, inner] : std::vector<std::array<std::int64_t, 3>>{{3, 64, 1},
                                                                          {3, 65, 1},
                                                                          {9, 127, 1},
                                                                          {9, 129, 1},
                                                                          {2, 1024, 1},
                                                                          {2, 1025, 1},
                                                                          {1, 4097, 1},
                                                                          {1, 8193, 1},
                                                                          {1, 50001, 1},
                                                                          {2, 20000, 1},
                                                                          {2, 63, 3},
                                                                          {1, 129, 2},
                                                                          {1, 9001, 3},
                                                                          {2, 1000, 40},
                                                                          {1, 300, 65},
                                                                          {1, 1, 7}}) {
    const Tensor x = random_normal({outer, n, inner}), whole = random_integers({outer, n, inner}, -9, 9);
    expect_near(cumsum(x, 1), naive(values(x), n, inner), x.shape(), 1e-13);
    expect_near(cumsum(astype(x, float32), 1), naive(values(x), n, inner), x.shape(), 5e-6);
    EXPECT_EQ(values(cumsum(whole, 1)), naive(values(whole), n, inner)) << str(x.shape());
  }
}

// Where a tensor begins changes no bit.
TEST(Cumsum, OfUnalignedTensors) {
  const Tensor x = random_normal({9000}, float32);
  for (std::int64_t n : {40, 1000, 1024, 8192}) {
    const Tensor part = slice(x, 0, 3, 3 + n);
    EXPECT_EQ(values(cumsum(part, 0)), values(cumsum(contiguous(flip(flip(part))), 0))) << n;
  }
}

TEST(Cumsum, GradientsOfBothOrders) {
  for (int order : {1, 2}) {
    const auto report = check_gradients([](const Tensor& x) { return square(cumsum(x, 1)); },
                                        {random_normal({2, 4, 3})}, {.order = order});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(Cumsum, SameBitsForAnyThreads) {
  const Tensor x = random_normal({40, 30, 77}, float32);
  for (int axis : {0, 1, 2}) expect_same_bits_for_any_threads([&] { return cumsum(x, axis); });
}

}  // namespace
}  // namespace ramie
