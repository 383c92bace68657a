#include <ramie/tensor/ops/concatenate.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }

TEST(Concatenate, AgreesWithJax) {
  for (auto& c : oracle::cases("shape", "concatenate"))
    check_case(c, [&](auto& x) { return concatenate(x, c.attributes["axis"].template get<int>()); });
  for (auto& c : oracle::cases("shape", "stack"))
    check_case(c, [&](auto& x) { return stack(x, c.attributes["axis"].template get<int>()); });
}

TEST(Concatenate, JoinsAlongAnyAxis) {
  const Tensor a = tensor({{1, 2}, {3, 4}}), b = tensor({{5}, {6}});
  EXPECT_EQ(values(concatenate({a, b}, 1)), (Values{1, 2, 5, 3, 4, 6}));
  EXPECT_EQ(values(concatenate({a, b.T()}, 0)), (Values{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(concatenate({a.T(), flip(a)}, -1)), (Values{1, 3, 4, 3, 2, 4, 2, 1}));
  EXPECT_EQ(values(concatenate({zeros({0, 2}, int32), a})), values(a));
  EXPECT_EQ(concatenate({zeros({0, 2}), zeros({0, 2})}).shape(), (Shape{0, 2}));
  EXPECT_EQ(values(stack({tensor(1.0), tensor(2.0)})), (Values{1, 2}));
}

TEST(Concatenate, PromotesDtypes) {
  const Tensor i = tensor({1}), h = astype(i, bfloat16), d = tensor({0.5}, float64);
  EXPECT_EQ(concatenate({i, h}).dtype(), bfloat16);
  EXPECT_EQ(concatenate({h, tensor({1.0})}).dtype(), float32);
  EXPECT_EQ(values(concatenate({i, h, d})), (Values{1, 1, 0.5}));
  EXPECT_EQ(concatenate({tensor({true}), tensor({false})}).dtype(), bool_);
}

TEST(Concatenate, Errors) {
  const Tensor a = zeros({2, 3});
  EXPECT_EQ(error_of([&] { concatenate({}); }), "[concatenate] no tensors were given.");
  EXPECT_EQ(error_of([&] {
              concatenate({a, zeros({2, 4})});
            }),
            "[concatenate] float32[2,3] and float32[2,4] cannot be joined along axis 0: all other lengths "
            "must be equal.");
  EXPECT_EQ(error_of([&] {
              concatenate({a, zeros({3})});
            }),
            "[concatenate] float32[2,3] and float32[3] cannot be joined along axis 0: all other lengths must "
            "be equal.");
  EXPECT_EQ(error_of([&] { concatenate({tensor(1.0)}); }),
            "[concatenate] tensors without axes cannot be joined: use stack.");
  EXPECT_EQ(error_of([&] { concatenate({a}, 2); }), "[concatenate] axis 2 is out of range for 2 axes.");
  EXPECT_EQ(error_of([&] {
              stack({a, zeros({3})});
            }),
            "[stack] float32[2,3] and float32[3] have different shapes.");
  EXPECT_EQ(error_of([&] { stack({}); }), "[stack] no tensors were given.");
}

TEST(Concatenate, GradientsOfBothOrders) {
  const std::vector<Tensor> x{random_normal({2, 3}), random_normal({2, 1})};
  for (int order : {1, 2}) {
    const auto report = check_gradients(
        [](const Tensor& a, const Tensor& b) {
          return square(concatenate({a, b, a}, 1)) * concatenate({b, a, a}, 1);
        },
        x, {.order = order});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(Concatenate, GradientReachesOnlyWhoWantsIt) {
  const Tensor a = variable(tensor({1.0, 2.0})), constant = tensor({3.0});
  const auto g = gradients(concatenate({constant, a}), {a}, tensor({5.0, 6.0, 7.0}));
  EXPECT_EQ(values(g[0]), (Values{6, 7}));
}

TEST(Concatenate, ManyPartsWithGradients) {
  std::vector<Tensor> parts;
  for (int i = 0; i < 150; ++i) parts.push_back(variable(static_cast<double>(i)));
  const Tensor y = stack(parts);
  const auto g = gradients(y, {parts[0], parts[64], parts[149]}, arange(0.0, 150.0, 1.0, float32));
  EXPECT_EQ(y[149].item(), 149);
  EXPECT_EQ(g[0].item(), 0);
  EXPECT_EQ(g[1].item(), 64);
  EXPECT_EQ(g[2].item(), 149);
}

TEST(Concatenate, ManyPartsOfSeveralLayouts) {
  for (DType t : {uint8, float32}) {
    const Tensor x = random_integers({3, 6}, 0, 100, t), y = random_integers({3, 1}, 0, 100, t);
    std::vector<Tensor> parts(150, x);
    parts.insert(parts.begin() + 70, {y, flip(x), y, y, x.slice(1, 1, 4)});
    const Tensor joined = concatenate(parts, 1);
    std::int64_t at = 0;
    for (const Tensor& part : parts) {
      EXPECT_EQ(values(slice(joined, 1, at, at + part.shape(1))), values(part)) << at;
      at += part.shape(1);
    }
    EXPECT_EQ(at, joined.shape(1));
  }
}

TEST(Concatenate, LargePartsAreTheSameForAnyThreads) {
  const Tensor x = random_normal({301, 70}, float32), y = random_normal({301, 3}, float32);
  expect_same_bits_for_any_threads([&] { return concatenate({x, y, flip(x)}, 1); });
}

}  // namespace
}  // namespace ramie
