#include <ramie/autograd/ops/shape.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
Tensor counting(const Shape& shape) { return reshape(arange(0, shape.size(), 1, float64), shape); }
// Whether y shares x's bytes.
bool is_view(const Tensor& y, const Tensor& x) { return &y.storage() == &x.storage(); }

Shape shape_of(const oracle::Json& list) {
  return list.is_null() ? Shape() : Shape(list.get<std::vector<std::int64_t>>());
}
std::optional<std::int64_t> bound(const oracle::Json& j) {
  return j.is_null() ? std::nullopt : std::optional(j.get<std::int64_t>());
}

TEST(Shape, AgreesWithJax) {
  for (auto& c : oracle::cases("shape", "reshape"))
    check_case(c, [&](auto& x) { return reshape(x[0], shape_of(c.attributes["shape"])); });
  for (auto& c : oracle::cases("shape", "transpose"))
    check_case(c, [&](auto& x) { return transpose(x[0], shape_of(c.attributes["axes"])); });
  for (auto& c : oracle::cases("shape", "broadcast_to"))
    check_case(c, [&](auto& x) { return broadcast_to(x[0], shape_of(c.attributes["shape"])); });
  for (auto& c : oracle::cases("shape", "flip"))
    check_case(c, [&](auto& x) { return flip(x[0], shape_of(c.attributes["axes"])); });
  for (auto& c : oracle::cases("shape", "squeeze"))
    check_case(c, [&](auto& x) { return squeeze(x[0], shape_of(c.attributes["axes"])); });
}

TEST(Shape, ExpandDimsAgreesWithJax) {
  for (auto& c : oracle::cases("shape", "expand_dims"))
    check_case(c, [&](auto& x) {
      Tensor y = x[0];
      for (auto axis : shape_of(c.attributes["axes"])) y = expand_dims(y, axis);
      return y;
    });
}

TEST(Shape, SliceAgreesWithJax) {
  for (auto& c : oracle::cases("shape", "slice"))
    check_case(c, [&](auto& x) {
      Tensor y = x[0];
      for (int i = 0; i < y.rank(); ++i) {
        const auto& step = c.attributes["step"][i];
        y = slice(y, i,
                  Range{bound(c.attributes["start"][i]), bound(c.attributes["stop"][i]),
                        step.is_null() ? 1 : step.get<std::int64_t>()});
      }
      return y;
    });
}

TEST(Shape, ViewsCopyNothing) {
  const Tensor x = counting({2, 3, 4});
  for (auto& y :
       {reshape(x, {6, -1}), flatten(x), transpose(x), swapaxes(x, 0, 2), broadcast_to(x, {5, 2, 3, 4}),
        expand_dims(x, 1), squeeze(x), slice(x, 1, 0, 2), flip(x), x[1], x.index({0, range(1, 3), -1})})
    EXPECT_TRUE(is_view(y, x)) << y;
}

TEST(Shape, ReshapeKeepsTheOrderOfEveryView) {
  const Tensor x = counting({4, 6});
  for (auto& v : odd_views(x)) {
    for (auto& to : {Shape{24}, {6, 4}, {2, 2, 6}, {4, 1, 3, 2}, {1, 8, 3, 1}, {2, 3, 4}})
      EXPECT_EQ(values(reshape(v, to)), values(x));
  }
  // What strides can express stays a view.
  const Tensor t = transpose(counting({2, 3, 4}), {1, 0, 2}), rows = slice(x, 1, 1, 5);
  EXPECT_TRUE(is_view(reshape(t, {3, 2, 2, 2}), t));
  EXPECT_FALSE(is_view(reshape(t, {6, 4}), t));
  EXPECT_TRUE(is_view(reshape(rows, {2, 2, 1, 4}), rows));
  EXPECT_FALSE(is_view(reshape(rows, {16}), rows));
  EXPECT_EQ(values(reshape(broadcast_to(tensor({1., 2.}), {2, 2}), {4})), (Values{1, 2, 1, 2}));
}

TEST(Shape, ReshapeInfersOneLength) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(reshape(x, {-1}).shape(), (Shape{12}));
  EXPECT_EQ(reshape(x, {2, -1, 3}).shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(reshape(zeros({0, 3}), {-1, 3}).shape(), (Shape{0, 3}));
  EXPECT_EQ(reshape(zeros({0, 3}), {5, 0}).shape(), (Shape{5, 0}));
  EXPECT_EQ(reshape(tensor(3.0), {1, 1}).shape(), (Shape{1, 1}));
  EXPECT_EQ(reshape(zeros({1, 1}), {}).rank(), 0);
}

TEST(Shape, FlattenJoinsAxes) {
  const Tensor x = zeros({2, 3, 4});
  EXPECT_EQ(flatten(x).shape(), (Shape{24}));
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(flatten(x, -1).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(flatten(tensor(1.0)).shape(), (Shape{1}));
  EXPECT_EQ(flatten(zeros({0, 5}), 0).shape(), (Shape{0}));
}

TEST(Shape, SlicesAsPython) {
  const Tensor x = counting({5});
  EXPECT_EQ(values(slice(x, 0, 1, 4)), (Values{1, 2, 3}));
  EXPECT_EQ(values(slice(x, 0, -2, 99)), (Values{3, 4}));
  EXPECT_EQ(values(slice(x, 0, range(0, 5, 2))), (Values{0, 2, 4}));
  EXPECT_EQ(values(slice(x, 0, {{}, {}, -2})), (Values{4, 2, 0}));
  EXPECT_EQ(values(slice(x, 0, 3, -9, -1)), (Values{3, 2, 1, 0}));
  EXPECT_EQ(values(slice(x, 0, -99, 2)), (Values{0, 1}));
  EXPECT_EQ(slice(x, 0, 3, 3).size(), 0);
  EXPECT_EQ(slice(x, 0, 4, 1).size(), 0);
  EXPECT_EQ(slice(x, 0, 9, 12).size(), 0);
  EXPECT_EQ(slice(zeros({0}), 0, {{}, {}, -1}).size(), 0);
  EXPECT_EQ(slice(zeros({0, 3}), 1, 0, 2).shape(), (Shape{0, 2}));
}

TEST(Shape, SliceFollowsPythonForAllBounds) {
  for (std::int64_t n : {0, 1, 4})
    for (std::int64_t start = -6; start <= 6; ++start)
      for (std::int64_t stop = -6; stop <= 6; ++stop)
        for (std::int64_t step : {-3, -2, -1, 1, 2, 3}) {
          auto clip = [&](std::int64_t i) {
            return std::clamp<std::int64_t>(i < 0 ? i + n : i, step < 0 ? -1 : 0, step < 0 ? n - 1 : n);
          };
          Values expected;
          for (auto i = clip(start); step > 0 ? i < clip(stop) : i > clip(stop); i += step)
            expected.push_back(static_cast<double>(i));
          EXPECT_EQ(values(slice(counting({n}), 0, start, stop, step)), expected)
              << n << ": " << start << ' ' << stop << ' ' << step;
        }
}

TEST(Shape, IndexRemovesAxesOfIntegers) {
  const Tensor x = counting({2, 3, 4});
  EXPECT_EQ(x[1].shape(), (Shape{3, 4}));
  EXPECT_EQ(values(x.index({1, -1})), (Values{20, 21, 22, 23}));
  EXPECT_EQ(values(x.index({range(), 1, range(0, 4, 3)})), (Values{4, 7, 16, 19}));
  EXPECT_EQ(x.index({1, 2, 3}).item(), 23);
  EXPECT_EQ(x.index({}).shape(), x.shape());
  EXPECT_EQ(x.index({range(7, 9)}).shape(), (Shape{0, 3, 4}));
}

TEST(Shape, TransposePermutes) {
  const Tensor x = counting({2, 3, 4}), y = transpose(x, {2, 0, 1});
  EXPECT_EQ(y.shape(), (Shape{4, 2, 3}));
  for (int i = 0; i < 24; ++i) EXPECT_EQ(y.index({i % 4, i / 12, i / 4 % 3}).item(), i);
  EXPECT_EQ(transpose(tensor(1.0)).rank(), 0);
  EXPECT_EQ(x.T().shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(swapaxes(x, 0, -1).shape(), (Shape{4, 3, 2}));
  EXPECT_EQ(transpose(zeros({0, 3})).shape(), (Shape{3, 0}));
}

TEST(Shape, ErrorsNameShapes) {
  const Tensor x = zeros({3, 4});
  EXPECT_EQ(error_of([&] {
              reshape(x, {5, -1});
            }),
            "[reshape] 12 elements do not fit (5, -1): x is float32[3,4].");
  EXPECT_EQ(error_of([&] {
              reshape(x, {-1, -1});
            }),
            "[reshape] 12 elements do not fit (-1, -1): x is float32[3,4].");
  EXPECT_EQ(error_of([&] {
              reshape(x, {-2, -6});
            }),
            "[reshape] 12 elements do not fit (-2, -6): x is float32[3,4].");
  EXPECT_EQ(error_of([&] {
              reshape(zeros({0}), {-1, 0});
            }),
            "[reshape] 0 elements do not fit (-1, 0): x is float32[0].");
  EXPECT_EQ(error_of([&] {
              transpose(x, {0, 0});
            }),
            "[transpose] (0, 0) is not a permutation of the 2 axes of float32[3,4].");
  EXPECT_EQ(error_of([&] { transpose(x, {0}); }),
            "[transpose] (0,) is not a permutation of the 2 axes of float32[3,4].");
  EXPECT_EQ(error_of([&] {
              broadcast_to(x, {3, 5});
            }),
            "[broadcast_to] float32[3,4] does not broadcast to (3, 5).");
  EXPECT_EQ(error_of([&] { squeeze(x, {1}); }), "[squeeze] axis 1 of float32[3,4] is not of length 1.");
  EXPECT_EQ(error_of([&] { slice(x, 2, 0, 1); }), "[slice] axis 2 is out of range for 2 axes.");
  EXPECT_EQ(error_of([&] { slice(x, 0, 0, 1, 0); }), "[slice] the step is 0.");
  EXPECT_EQ(error_of([&] { x.index({range(0, 1, 0)}); }), "[slice] the step is 0.");
  EXPECT_EQ(error_of([&] { x[3]; }), "[index] index 3 is out of range for axis 0 of length 3.");
  EXPECT_EQ(error_of([&] { x.index({0, -5}); }), "[index] index -5 is out of range for axis 1 of length 4.");
  EXPECT_EQ(error_of([&] { x.index({0, 0, 0}); }), "[index] 3 indices for float32[3,4].");
}

TEST(Shape, GradientsOfBothOrders) {
  const Tensor x = random_normal({2, 3, 4});
  const std::vector<TensorFunction> functions = {[](auto& x) {
                                                   return reshape(transpose(x[0], {1, 2, 0}), {4, -1});
                                                 },
                                                 [](auto& x) {
                                                   return broadcast_to(expand_dims(x[0], 1), {2, 2, 3, 4});
                                                 },
                                                 [](auto& x) {
                                                   return slice(x[0], 2, {{}, {}, -2});
                                                 },
                                                 [](auto& x) {
                                                   return flip(x[0], {0, 2});
                                                 },
                                                 [](auto& x) {
                                                   return x[0].index({1, range(0, 3, 2), -1});
                                                 },
                                                 [](auto& x) { return flatten(swapaxes(x[0], 0, 1), 1); }};
  for (auto& f : functions)
    for (int order : {1, 2}) {
      const auto report =
          check_gradients([&](auto& in) { return square(f(in)) * f(in); }, {x}, {.order = order});
      EXPECT_TRUE(report) << report.table;
    }
}

TEST(Shape, GradientsOfEmptyTensors) {
  const Tensor x = variable(zeros({0, 3}));
  for (auto& y : {reshape(x, {3, 0}), transpose(x), broadcast_to(x, {2, 0, 3}), slice(x, 1, 0, 2), flip(x),
                  expand_dims(x, 0)}) {
    const auto g = gradients(y, {x}, zeros(y.shape()));
    EXPECT_EQ(g[0].shape(), x.shape());
  }
}

TEST(Shape, ViewsOfEveryDtype) {
  for (int t = 0; t < dtype_count; ++t) {
    const Tensor x = astype(tensor({{0, 1, 1}, {1, 0, 0}}), static_cast<DType>(t));
    EXPECT_EQ(values(flip(transpose(x), {0})), (Values{1, 0, 1, 0, 0, 1}));
    EXPECT_EQ(values(slice(x, 1, {{}, {}, -2})), (Values{1, 0, 0, 1}));
  }
}

}  // namespace
}  // namespace ramie
