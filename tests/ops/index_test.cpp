#include <ramie/autograd/ops/index.h>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/ops/index.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
Tensor counting(const Shape& shape) { return reshape(arange(0, shape.size(), 1, float64), shape); }
const std::vector<DType> index_dtypes = {uint8, int8, int16, int32, uint32, int64};

TEST(Index, AgreesWithJax) {
  auto axis = [](const oracle::Case& c) { return c.attributes["axis"].get<int>(); };
  for (auto& c : oracle::cases("index", "take"))
    check_case(c, [&](auto& x) { return take(x[0], x[1], axis(c)); });
  for (auto& c : oracle::cases("index", "take_along_axis"))
    check_case(c, [&](auto& x) { return take_along_axis(x[0], x[1], axis(c)); });
  for (auto& c : oracle::cases("index", "one_hot"))
    check_case(
        c, [&](auto& x) { return one_hot(x[0], c.attributes["num_classes"].template get<int>(), float64); });
  for (auto& c : oracle::cases("index", "scatter_add"))
    check_case(c, [&](auto& x) { return scatter_add(x[0], x[1], x[2], axis(c)); });
}

TEST(Index, TakeRows) {
  const Tensor x = tensor({{1, 2}, {3, 4}, {5, 6}});
  for (DType t : index_dtypes)
    EXPECT_EQ(values(take(x, astype(tensor({2, 0, 2}), t))), (Values{5, 6, 1, 2, 5, 6}));
  EXPECT_EQ(values(take(x, tensor({-1, -3}), 0)), (Values{5, 6, 1, 2}));
  EXPECT_EQ(values(take(x, tensor({1}), 1)), (Values{2, 4, 6}));
  EXPECT_EQ(take(x, tensor({{0, 1}, {2, 0}}), 1 - 1).shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(take(x, tensor(1)).shape(), (Shape{2}));
  EXPECT_EQ(take(x, zeros({0}, int32)).shape(), (Shape{0, 2}));
  EXPECT_EQ(take(zeros({0, 2}), zeros({0, 3}, int32)).shape(), (Shape{0, 3, 2}));
}

TEST(Index, TakesEveryDtypeAndView) {
  const Tensor x = random_integers({6, 5, 4}, 0, 1), i = random_integers({2, 3}, -4, 3);
  for (int t = 0; t < dtype_count; ++t)
    for (auto& v : odd_views(astype(x, static_cast<DType>(t))))
      for (auto& j : odd_views(i)) {
        EXPECT_EQ(values(take(v, j, 2)), values(take(x, i, 2)));
        EXPECT_EQ(take(v, j, 1).dtype(), v.dtype());
      }
}

TEST(Index, TakeAlongAxisBroadcasts) {
  const Tensor x = counting({3, 4});
  for (DType t : index_dtypes)
    EXPECT_EQ(values(take_along_axis(x, astype(tensor({{3}, {0}, {1}}), t), 1)), (Values{3, 4, 9}));
  EXPECT_EQ(values(take_along_axis(x, tensor({{2, -1}}), 1)), (Values{2, 3, 6, 7, 10, 11}));
  EXPECT_EQ(values(gather(x, 0, tensor({{1, 0, 2, -1}}))), (Values{4, 1, 10, 11}));
  EXPECT_EQ(take_along_axis(x, zeros({3, 0}, int32), 1).shape(), (Shape{3, 0}));
}

TEST(Index, TakeAlongAxisFollowsItsDefinition) {
  const Tensor x = random_normal({3, 5, 40}), i = random_integers({3, 7, 40}, -5, 4);
  const Tensor y = take_along_axis(flip(flip(x)), i, 1);
  const auto in = values(x), out = values(y);
  const auto at = i.to_vector<int>();
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto row = static_cast<std::size_t>(at[k] < 0 ? at[k] + 5 : at[k]);
    EXPECT_EQ(out[k], in[(k / 280 * 5 + row) * 40 + k % 40]);
  }
}

TEST(Index, ScatterAddSumsRepeats) {
  const Tensor x = tensor({{10., 20.}, {30., 40.}, {50., 60.}}), u = tensor({{1., 2.}, {3., 4.}, {5., 6.}});
  EXPECT_EQ(values(scatter_add(x, tensor({2, 0, -1}), u)), (Values{13, 24, 30, 40, 56, 68}));
  EXPECT_EQ(values(scatter_add(x, tensor({1, 1}), tensor(1.0), 1)), (Values{10, 22, 30, 42, 50, 62}));
  EXPECT_EQ(values(scatter_add(x, zeros({0}, int32), zeros({0, 2}))), values(x));
  EXPECT_EQ(scatter_add(zeros({1}, bfloat16), zeros({300}, int32), ones({300})).item(), 300);
  EXPECT_EQ(values(scatter_add(zeros({2}, int32), tensor({0, 0}), tensor({3, 4}))), (Values{7, 0}));
}

TEST(Index, ScatterUndoesTakeForAnyShape) {
  for (auto& [shape, axis, indices] : std::vector<std::tuple<Shape, int, Shape>>{
           {{5, 3, 70}, 1, {4}}, {{9}, 0, {2, 3}}, {{4, 6}, 1, {}}, {{4, 0, 2}, 0, {3}}}) {
    const Tensor x = random_normal(shape), i = random_integers(indices, 0, static_cast<int>(shape[axis]) - 1);
    const Tensor y = take(x, i, axis), u = random_normal(y.shape());
    // <take(x), u> = <x, scatter(u)>
    EXPECT_NEAR(sum(y * u).item(), sum(x * scatter_add(zeros_like(x), i, u, axis)).item(), 1e-12);
  }
}

// Rows of every number of bytes, and from every address.
TEST(Index, TakesRowsOfAnyWidth) {
  for (DType t : {uint8, float16, float32, float64})
    for (std::int64_t width : {1, 2, 3, 4, 8, 16, 31, 64})
      for (std::int64_t start : {0, 1, 2, 4}) {
        const Tensor all = astype(counting({start + 5 * width}), t),
                     x = reshape(slice(all, 0, start, start + 5 * width), {5, width}), i = tensor({4, 0, -2});
        Values expected;
        for (std::int64_t row : {4, 0, 3})
          for (std::int64_t c = 0; c < width; ++c) expected.push_back(all[start + row * width + c].item());
        EXPECT_EQ(values(take(x, i)), expected) << name(t) << width << ' ' << start;
      }
}

// In the order of the indices, rounded at each step: the same bits on every device.
template <class T>
std::vector<T> naive_scatter(const std::vector<T>& u, const std::vector<int>& at, std::int64_t outer,
                             std::int64_t m, std::int64_t inner, std::int64_t length, bool each) {
  std::vector<T> y(static_cast<std::size_t>(outer * length * inner));
  for (std::int64_t i = 0; i < outer * m * inner; ++i) {
    const std::int64_t o = i / inner / m, j = i / inner % m, c = i % inner;
    const int p = at[static_cast<std::size_t>(each ? i : j)];
    T& sum = y[static_cast<std::size_t>((o * length + (p < 0 ? p + length : p)) * inner + c)];
    sum = static_cast<T>(sum + u[static_cast<std::size_t>(i)]);
  }
  return y;
}

// Few indices and many; many columns and few.
TEST(Index, ScattersAddInTheOrderOfTheIndices) {
  for (auto& [outer, m, inner, length] : std::vector<std::array<std::int64_t, 4>>{{2, 5, 3, 4},
                                                                                  {1, 64, 1, 10},
                                                                                  {1, 65, 1, 10},
                                                                                  {3, 300, 5, 1},
                                                                                  {1, 5000, 2, 300},
                                                                                  {2, 1100, 33, 70000}}) {
    const Tensor u = random_normal({outer, m, inner}, float32);
    const int n = static_cast<int>(length);
    const Tensor rows = random_integers({m}, -n, n - 1), each = random_integers({outer, m, inner}, -n, n - 1);
    EXPECT_EQ(detail::scatter(u, rows, 1, length).to_vector<float>(),
              naive_scatter(u.to_vector<float>(), rows.to_vector<int>(), outer, m, inner, length, false));
    EXPECT_EQ(detail::scatter_along_axis(u, each, 1, length).to_vector<float>(),
              naive_scatter(u.to_vector<float>(), each.to_vector<int>(), outer, m, inner, length, true));
  }
  const Tensor u = random_normal({70, 8200}, float32), each = random_integers({70, 8200}, 0, 2);
  EXPECT_EQ(detail::scatter_along_axis(u, each, 0, 3).to_vector<float>(),
            naive_scatter(u.to_vector<float>(), each.to_vector<int>(), 1, 70, 8200, 3, true));
}

TEST(Index, ScattersEveryDtype) {
  const Tensor u = random_integers({100, 3}, 0, 1), i = random_integers({100}, 0, 6);
  for (int t = 0; t < dtype_count; ++t) {
    const auto dtype = static_cast<DType>(t);
    const Tensor expected = astype(launch(kernels::Scatter{0, 7}, u, i), dtype);
    EXPECT_EQ(values(launch(kernels::Scatter{0, 7}, astype(u, dtype), i)), values(expected)) << name(dtype);
    EXPECT_EQ(values(launch(kernels::Scatter{0, 7}, astype(slice(u, 0, 0, 9), dtype), slice(i, 0, 0, 9))),
              values(astype(launch(kernels::Scatter{0, 7}, slice(u, 0, 0, 9), slice(i, 0, 0, 9)), dtype)));
  }
}

TEST(Index, OneHotRows) {
  for (DType t : {int8, uint8, int16, int32, uint32, int64})
    EXPECT_EQ(values(one_hot(astype(tensor({1, 0}), t), 3)), (Values{0, 1, 0, 1, 0, 0}));
  EXPECT_EQ(values(one_hot(tensor({-1, 2}), 2)), (Values{0, 0, 0, 0}));
  for (int t = 0; t < dtype_count; ++t)
    EXPECT_EQ(values(one_hot(transpose(tensor({{1, 0}, {2, 1}})), 3, static_cast<DType>(t))),
              (Values{0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(values(one_hot(flip(tensor({0, 1})), 2, uint8)), (Values{0, 1, 1, 0}));
  EXPECT_EQ(one_hot(zeros({2, 3}, int32), 4).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(one_hot(zeros({0}, int32), 4, bfloat16).shape(), (Shape{0, 4}));
}

// A GPU's kernel finds out later, and does not say which index it was.
void expect_range_error(const std::function<Tensor()>& f, const std::string& op, const std::string& on_cpu) {
  EXPECT_EQ(error_of([&] { f().to_vector<double>(); }),
            op + ' ' + (default_device() == cpu() ? on_cpu : "an index is out of range for its axis."));
}

TEST(Index, Errors) {
  const Tensor x = zeros({3, 4}), i = tensor({0, 3});
  expect_range_error([&] { return take(x, i); }, "[take]", "index 3 is out of range for axis 0 of length 3.");
  expect_range_error([&] { return take(x, tensor({-5}), 1); }, "[take]",
                     "index -5 is out of range for axis 1 of length 4.");
  EXPECT_EQ(error_of([&] { take(x, x); }), "[take] the indices are float32[3,4]: they must be integers.");
  EXPECT_EQ(error_of([&] { take(x, tensor({true})); }),
            "[take] the indices are bool[1]: they must be integers.");
  EXPECT_EQ(error_of([&] { take_along_axis(x, i, 0); }),
            "[take_along_axis] float32[3,4] and indices int32[2] have different numbers of axes.");
  expect_range_error([&] { return take_along_axis(x, tensor({{4}}), 1); }, "[take_along_axis]",
                     "index 4 is out of range for axis 1 of length 4.");
  expect_range_error(
      [&] {
        return scatter_add(x, tensor({7}), zeros({1, 4}));
      },
      "[scatter_add]", "index 7 is out of range for axis 0 of length 3.");
  expect_range_error([&] { return detail::scatter(zeros({100}), full({100}, -4, int32), 0, 3); },
                     "[scatter_add]", "index -4 is out of range for axis 0 of length 3.");
  for (auto& shape : {Shape{2, 3}, {100, 3}, {100, 9000}})
    expect_range_error([&] { return detail::scatter_along_axis(zeros(shape), full(shape, 5, int32), 0, 5); },
                       "[scatter_along_axis]", "index 5 is out of range for axis 0 of length 5.");
  EXPECT_EQ(error_of([&] {
              scatter_add(x, i, zeros({3, 4}));
            }),
            "[broadcast_to] float32[3,4] does not broadcast to (2, 4).");
  EXPECT_EQ(error_of([&] { one_hot(x, 3); }),
            "[one_hot] the indices are float32[3,4]: they must be integers.");
  EXPECT_EQ(error_of([&] { one_hot(i, -1); }), "[one_hot] -1 classes: the number must not be negative.");
  EXPECT_EQ(error_of([&] { take(tensor(1.0), i); }), "[take] axis 0 is out of range for 0 axes.");
}

TEST(Index, GradientsOfBothOrders) {
  const Tensor x = random_normal({4, 3}), rows = tensor({1, 3, 1}),
               each = tensor({{0, 2}, {1, 1}, {2, 0}, {0, -1}});
  const Tensor updates = random_normal({3, 3});
  for (int order : {1, 2}) {
    for (auto& report :
         {check_gradients([&](const Tensor&x) { return square(take(x, rows)); }, {x}, {.order = order}),
          check_gradients([&](const Tensor&x) { return square(take_along_axis(x, each, 1)); }, {x},
                          {.order = order}),
          check_gradients([&](const Tensor&x, const Tensor&u) { return square(scatter_add(x, rows, u)); },
                          {x, updates}, {.order = order})})
      EXPECT_TRUE(report) << report.table;
  }
}

TEST(Index, SameBitsForAnyThreads) {
  const Tensor x = random_normal({500, 130}, float32), i = random_integers({900}, 0, 499),
               u = random_normal({900, 130}, float32);
  expect_same_bits_for_any_threads([&] { return take(x, i); });
  expect_same_bits_for_any_threads([&] { return scatter_add(x, i, u); });
}

}  // namespace
}  // namespace ramie
