// astype between all dtypes, and its gradient.
#include <ramie/tensor/ops/cast.h>

#include "support/ops.h"

namespace ramie {
namespace {

const DType all_dtypes[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                            int64, float16, bfloat16, float32, float64};

TEST(Cast, EveryPairConvertsAsOneNumberDoes) {
  const std::vector<double> values = {0,     1,      -1,  2.5,  -2.5,  100, 300,      -129,
                                      70000, -70000, 3e9, 1e20, -1e20, NAN, INFINITY, -INFINITY};
  for (DType from : all_dtypes) {
    const Tensor x = detail::from_values(values, {static_cast<std::int64_t>(values.size())}, from);
    const Tensor given = x.to(cpu());
    for (DType to : all_dtypes) {
      const Tensor y = x.astype(to).to(cpu());
      ASSERT_EQ(y.dtype(), to);
      visit(from, [&]<class From>(Type<From>) {
        visit(to, [&]<class To>(Type<To>) {
          for (std::size_t i = 0; i < values.size(); ++i) {
            const To want = convert<To>(given.view().as<From>()[i]), got = y.view().as<To>()[i];
            const double a = convert<double>(got), b = convert<double>(want);
            EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b)))
                << name(from) << " " << values[i] << " to " << name(to) << ": " << a;
          }
        });
      });
    }
  }
}

TEST(Cast, StridedBroadcastAndEmptyViews) {
  const Tensor x = random_normal({6, 50}, float32);
  for (DType to : all_dtypes) {
    const auto expected = x.astype(to).to_vector<double>();
    for (const Tensor& view : odd_views(x))
      EXPECT_EQ(view.astype(to).to_vector<double>(), expected) << name(to);
    EXPECT_EQ(zeros({0, 4}).astype(to).shape(), (Shape{0, 4}));
  }
  const Tensor row = tensor({1.5, 2.5}), wide = broadcast_to(row, {3, 2}).astype(int32);
  EXPECT_EQ(wide.to_vector<int>(), (std::vector<int>{1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(broadcast_to(tensor(7.0), {4}).astype(float64).to_vector<int>(), (std::vector<int>{7, 7, 7, 7}));
  EXPECT_TRUE(wide.layout().dense);
}

TEST(Cast, EveryLengthAndOffset) {
  const Tensor x = random_integers({60}, 0, 100);
  for (DType from : all_dtypes) {
    const Tensor a = x.astype(from);
    for (DType to : {bool_, int8, bfloat16, float32, int64, float64}) {
      const auto whole = a.astype(to).to_vector<double>();
      for (std::int64_t begin = 0; begin < 5; ++begin)
        for (std::int64_t end :
             {begin + 1, begin + 3, begin + 4, begin + 6, std::int64_t{41}, std::int64_t{60}})
          EXPECT_EQ(a.slice(0, begin, end).astype(to).to_vector<double>(),
                    std::vector<double>(whole.begin() + begin, whole.begin() + end))
              << name(from) << " to " << name(to);
    }
  }
}

TEST(Cast, TheSameDtypeIsTheSameTensor) {
  const Tensor x = tensor({1.0, 2.0});
  EXPECT_TRUE(x.astype(float32).same(x));
}

TEST(Cast, GradientsAreCastBack) {
  const Tensor x = variable(tensor({1.0, 2.0}, float32));
  const Tensor y = square(x.astype(float64));
  const Tensor g = gradients(y, {x}, ones({2}, float64))[0];
  EXPECT_EQ(g.dtype(), float32);
  EXPECT_EQ(g.to_vector<double>(), (std::vector<double>{2, 4}));
  EXPECT_EQ(x.astype(int32).graph(), nullptr);
}

TEST(Cast, AnyNumberOfThreadsGivesTheSameBits) {
  const Tensor x = random_normal({40007}, float32);
  for (DType to : {float16, bfloat16, float64, int8})
    expect_same_bits_for_any_threads([&] { return x.astype(to); });
}

}  // namespace
}  // namespace ramie
