#include <ramie/autograd/ops/index_update.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/ops/index_last.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(IndexUpdate, SetsAndAddsSlices) {
  const Tensor x = tensor({{1., 2.}, {3., 4.}, {5., 6.}});
  EXPECT_EQ(values(index_set(x, tensor({2, 0}), tensor({{7., 8.}, {9., 10.}}))), (Values{9, 10, 3, 4, 7, 8}));
  EXPECT_EQ(values(index_set(x, tensor({-1, -1}), tensor({{7., 8.}, {9., 10.}}))),
            (Values{1, 2, 3, 4, 9, 10}));
  EXPECT_EQ(values(index_set(x, tensor({1}), tensor(0.0), 1)), (Values{1, 0, 3, 0, 5, 0}));
  EXPECT_EQ(values(index_set(x, tensor(1), tensor({7., 8.}))), (Values{1, 2, 7, 8, 5, 6}));
  EXPECT_EQ(values(index_set(x, tensor({{0, 1}, {2, 0}}), tensor(0.0))), Values(6, 0));
  EXPECT_EQ(values(index_set(x, zeros({0}, int32), zeros({0, 2}))), values(x));
  EXPECT_EQ(values(index_add(x, tensor({0, 0}), tensor(1.0))), (Values{3, 4, 3, 4, 5, 6}));
}

TEST(IndexUpdate, ExtremesOfRepeats) {
  const Tensor x = tensor({{1., 2.}, {3., 4.}, {5., 6.}}), i = tensor({0, -1, 0, 0}),
               v = tensor({{0., 5.}, {9., 0.}, {7., 5.}, {-1., 4.}});
  EXPECT_EQ(values(index_max(x, i, v)), (Values{7, 5, 3, 4, 9, 6}));
  EXPECT_EQ(values(index_min(x, i, v)), (Values{-1, 2, 3, 4, 5, 0}));
  EXPECT_EQ(values(index_max(x, tensor({1, 1}), tensor({4., 3.}), 1)), (Values{1, 4, 3, 4, 5, 6}));
  EXPECT_TRUE(std::isnan(index_min(x, tensor({0, 0}), full({2, 2}, NAN))[0][0].item()));
  for (int t = 1; t < dtype_count; ++t) {
    const auto dtype = static_cast<DType>(t);
    EXPECT_EQ(values(index_max(zeros({2}, dtype), tensor({1, 1, 1}), tensor({3, 7, 5}))), (Values{0, 7}));
  }
  const Tensor many = random_integers({2, 500, 3}, -50, 50), at = random_integers({500}, -7, 6);
  Tensor one = full({2, 7, 3}, -99, int32);
  const Tensor all = index_max(one, at, many, 1);
  for (int k = 0; k < 500; ++k) one = index_max(one, at[k], many.index({range(), k, range()}), 1);
  EXPECT_EQ(values(all), values(one));
}

TEST(IndexUpdate, EveryDtypeAndView) {
  const Tensor x = random_integers({3, 4}, 0, 1), v = random_integers({2, 4}, 0, 1), i = tensor({2, 0});
  for (int t = 0; t < dtype_count; ++t)
    for (auto& y : odd_views(astype(x, static_cast<DType>(t)))) {
      EXPECT_EQ(index_set(y, i, v).dtype(), y.dtype());
      EXPECT_EQ(values(index_set(y, i, v)), values(index_set(x, i, v)));
      EXPECT_EQ(values(slice_set(y, {range(1, 3)}, v)), values(concatenate({slice(x, 0, 0, 1), v})));
    }
}

TEST(IndexUpdate, SlicesWithIntegersRangesAndSteps) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(values(slice_set(x, {range(0, 2), -1}, 0)), (Values{0, 1, 2, 0, 4, 5, 6, 0, 8, 9, 10, 11}));
  EXPECT_EQ(values(slice_set(x, {1, range(0, 4, 2)}, tensor({-1., -2.}))),
            (Values{0, 1, 2, 3, -1, 5, -2, 7, 8, 9, 10, 11}));
  EXPECT_EQ(values(slice_set(x, {Range{{}, {}, -1}}, x)), values(flip(x, {0})));
  EXPECT_EQ(values(slice_add(x, {range(), 0}, tensor(100.))),
            (Values{100, 1, 2, 3, 104, 5, 6, 7, 108, 9, 10, 11}));
  EXPECT_EQ(values(slice_set(x, {range(2, 2)}, 5)), values(x));
  EXPECT_EQ(values(slice_set(x, {}, 5)), Values(12, 5));
  EXPECT_TRUE(std::isnan(slice_add(full({2}, NAN), {0}, tensor(1.))[0].item()));
  EXPECT_EQ(slice_set(full({2}, NAN), {0}, 1)[0].item(), 1);
}

TEST(IndexUpdate, GathersAndScattersSeveralAxes) {
  const Tensor x = counting({2, 3, 2}), at = tensor({{0, 2}, {-1, 1}});
  EXPECT_EQ(values(gather_nd(x, at)), (Values{4, 5, 8, 9}));
  EXPECT_EQ(values(gather_nd(x, tensor({{1, 1, 1}}))), (Values{9}));
  EXPECT_EQ(gather_nd(x, tensor({1})).shape(), (Shape{3, 2}));
  EXPECT_EQ(values(scatter_nd_add(zeros({2, 2}), tensor({{0, 1}, {0, 1}}), tensor({1., 2.}))),
            (Values{0, 3, 0, 0}));
  EXPECT_EQ(values(scatter_nd_set(zeros({2, 2}), tensor({{0, 1}, {0, 1}}), tensor({1., 2.}))),
            (Values{0, 2, 0, 0}));
}

TEST(DynamicSlice, StartsAreMovedInside) {
  const Tensor x = counting({4, 3});
  EXPECT_EQ(values(dynamic_slice(x, tensor({1, 0}), {2, 2})), (Values{3, 4, 6, 7}));
  EXPECT_EQ(values(dynamic_slice(x, tensor({9, 9}), {2, 2})), (Values{7, 8, 10, 11}));
  EXPECT_EQ(values(dynamic_slice(x, tensor({-1, -3}), {1, 2})), (Values{9, 10}));
  EXPECT_EQ(values(dynamic_slice(x, tensor({-9, 0}), {1, 1})), (Values{0}));
  EXPECT_EQ(values(dynamic_slice(x, {tensor(2), tensor({1})}, {1, 1})), (Values{7}));
  EXPECT_EQ(dynamic_slice(x, tensor({2, 2}), {0, 3}).shape(), (Shape{0, 3}));
  EXPECT_EQ(dynamic_slice(tensor(3.0), std::vector<Tensor>{}, {}).item(), 3);
}

TEST(DynamicSlice, Updates) {
  const Tensor x = zeros({3, 3}, float64), u = tensor({{1., 2.}, {3., 4.}});
  EXPECT_EQ(values(dynamic_update_slice(x, u, tensor({0, 1}))), (Values{0, 1, 2, 0, 3, 4, 0, 0, 0}));
  EXPECT_EQ(values(dynamic_update_slice(x, u, tensor({7, -9}))), (Values{0, 0, 0, 1, 2, 0, 3, 4, 0}));
  EXPECT_EQ(values(dynamic_update_slice(x, ones({3, 3}), tensor({2, 2}))), Values(9, 1));
  EXPECT_EQ(values(dynamic_update_slice(x, zeros({0, 2}), tensor({0, 0}))), values(x));
  const Tensor row = ones({1, 3});
  EXPECT_EQ(values(dynamic_update_slice(x, row, {tensor(1), tensor(0)})),
            (Values{0, 0, 0, 1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(dynamic_update_slice(x, row, tensor({1, 0})).dtype(), float64);
}

TEST(Nonzero, FindsIndices) {
  const Tensor x = tensor({{0., 2.}, {std::nan(""), 0.}, {0., -1.}});
  EXPECT_EQ(values(argwhere(x)), (Values{0, 1, 1, 0, 2, 1}));
  EXPECT_EQ(values(nonzero(x)[1]), (Values{1, 0, 1}));
  EXPECT_EQ(argwhere(tensor(3)).shape(), (Shape{1, 0}));
  EXPECT_EQ(argwhere(zeros({2, 0})).shape(), (Shape{0, 2}));
}

TEST(Nonzero, CannotBeJitted) {
  if (context.recorder) GTEST_SKIP() << "already recorded";
  const std::string text = error_of([] {
    jit([](const Tensor& x) { return argwhere(x * 2); })(tensor({1., 0.}));
  });
  EXPECT_EQ(text.rfind("[nonzero] the value of float32[2] (from multiply) is not known", 0), 0) << text;
}

TEST(IndexUpdate, GradientsOfBothOrders) {
  const Tensor x = random_normal({4, 3}), v = random_normal({3, 3}), u = random_normal({2, 2});
  using Op = std::function<Tensor(const Tensor&, const Tensor&)>;
  auto check = [&](const Op& f, const Tensor& v) {
    const auto report = check_gradients([&](const Tensor& x, const Tensor& v) { return square(f(x, v)); },
                                        {x, v}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  };
  check([](auto& x, auto& v) { return index_set(x, tensor({1, 3, 1}), v); }, v);
  check([](auto& x, auto& v) { return index_max(x, tensor({1, 3, 1}), v); }, v);
  check([](auto& x, auto& v) { return index_min(x, tensor({1, 3, 1}), v); }, v);
  check([](auto& x, auto& v) { return slice_set(x, {range(0, 4, 2), range(0, 2)}, v); }, u);
  check([](auto& x, auto& v) { return slice_add(x, {range(0, 2), range(0, 2)}, v); }, u);
  check([](auto& x, auto& v) { return dynamic_update_slice(x, v, tensor({1, 1})); }, u);
  check([](auto& x, auto& v) { return dynamic_slice(x, tensor({2, 1}), {2, 2}) * v; }, u);
  check([](auto& x, auto& v) { return gather_nd(x, tensor({{1, 1}, {3, 2}})) * v; }, u);
  check([](auto& x, auto& v) { return scatter_nd_set(x, tensor({{0, 2}, {1, 0}}), v[0]); }, u);
}

TEST(IndexUpdate, Errors) {
  const Tensor x = zeros({3, 4});
  const bool on_cpu = default_device() == cpu();
  EXPECT_EQ(error_of([&] {
              values(index_set(x, tensor({3}), zeros({1, 4})));
            }),
            on_cpu ? "[index_set] index 3 is out of range for an axis of length 3."
                   : "[index_set] an index is out of range for its axis.");
  EXPECT_EQ(error_of([&] { index_set(x, x, x); }),
            "[index_set] the indices are float32[3,4]: they must be integers.");
  EXPECT_EQ(error_of([&] {
              index_set(x, tensor({0}), zeros({3, 3}));
            }),
            "[broadcast_to] float32[3,3] does not broadcast to (1, 4).");
  EXPECT_EQ(error_of([&] { slice_set(x, {0, 0, 0}, 1); }), "[slice_set] 3 indices for float32[3,4].");
  EXPECT_EQ(error_of([&] {
              values(gather_nd(x, tensor({{0, 4}})));
            }),
            on_cpu ? "[take] index 12 is out of range for axis 0 of length 12."
                   : "[take] an index is out of range for its axis.");
  EXPECT_EQ(
      error_of([&] {
        gather_nd(x, tensor({{0, 1, 2}}));
      }),
      "[gather_nd] indices int32[1,3] do not have 1 to 2 numbers in their last axis: x is float32[3,4].");
  EXPECT_EQ(error_of([&] {
              dynamic_slice(x, tensor({0, 0}), {4, 1});
            }),
            "[dynamic_slice] a slice of (4, 1) at 2 starts does not fit into float32[3,4].");
  EXPECT_EQ(error_of([&] { dynamic_update_slice(x, zeros({1}), tensor({0})); }),
            "[dynamic_update_slice] a slice of (1,) at 1 starts does not fit into float32[3,4].");
}

}  // namespace
}  // namespace ramie
