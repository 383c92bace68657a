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
