// Sorting: against the standard library for every dtype, axis and direction; ties, NaN, gradients, errors.
#include <ramie/autograd/ops/sort.h>

#include <numeric>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Ints = std::vector<int>;
using Values = std::vector<double>;
constexpr double nan = NAN, inf = INFINITY;
const DType all_dtypes[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                            int64, float16, bfloat16, float32, float64};

bool smaller(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }

// std::stable_sort of each row.
Ints naive_argsort(const Tensor& x, int axis, bool descending) {
  const Tensor rows = contiguous(swapaxes(x, axis, -1));
  const Values v = rows.to_vector<double>();
  const auto n = static_cast<std::size_t>(rows.shape(-1));
  std::vector<double> out(v.size());
  for (std::size_t at = 0; at < v.size(); at += n) {
    Ints order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int i, int j) {
      const double a = v[at + static_cast<std::size_t>(i)], b = v[at + static_cast<std::size_t>(j)];
      return descending ? smaller(b, a) : smaller(a, b);
    });
    std::copy(order.begin(), order.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return swapaxes(from_vector(out, rows.shape()), axis, -1).to_vector<int>();
}
void check_against_naive(const Tensor& x) {
  for (int axis = 0; axis < x.rank(); ++axis)
    for (bool descending : {false, true}) {
      const Tensor order = argsort(x, axis - (axis % 2 ? x.rank() : 0), descending);
      EXPECT_EQ(order.to_vector<int>(), naive_argsort(x, axis, descending)) << str(x.layout()) << axis;
      EXPECT_EQ(order.dtype(), int32);
      const Tensor y = sort(x, axis, descending);
      EXPECT_EQ(y.dtype(), x.dtype());
      EXPECT_LE(relative_error(y.to_vector<double>(), take_along_axis(x, order, axis).to_vector<double>()),
                0);
    }
}

TEST(Sort, EveryDtypeAndAxis) {
  for (DType t : all_dtypes)
    for (const Shape& shape : {Shape{9}, {1}, {4, 7}, {3, 1, 5}, {2, 33, 3}})
      check_against_naive(random_integers(shape, -3, 9).astype(t));
  for (DType t : {float16, float32, float64}) check_against_naive(random_normal({5, 300}, t));
  check_against_naive(random_integers({3000}, -1000, 1000, int64) * (std::int64_t{1} << 34));
}

TEST(Sort, ManyRowsAndLongOnes) {
  check_against_naive(random_normal({400, 70}, float32));
  check_against_naive(random_normal({20000}, float64));
  check_against_naive(random_integers({70000}, 0, 20));
  expect_same_bits_for_any_threads([x = random_normal({300, 200}, float32)] { return argsort(x, 0); });
}

TEST(Sort, NanIsLargestAndZerosAreEqual) {
  for (DType t : {float16, bfloat16, float32, float64}) {
    const Tensor x = tensor({nan, 1.0, -inf, 0.0, nan, -0.0, inf, -2.0}).astype(t);
    EXPECT_EQ(argsort(x).to_vector<int>(), (Ints{2, 7, 3, 5, 1, 6, 0, 4})) << name(t);
    EXPECT_EQ(argsort(x, 0, true).to_vector<int>(), (Ints{0, 4, 6, 1, 3, 5, 7, 2})) << name(t);
    check_against_naive(x);
  }
  using Limits = std::numeric_limits<std::int64_t>;
  const Tensor wide = from_vector<std::int64_t>({Limits::max(), 0, Limits::min(), -1, Limits::max() - 1});
  EXPECT_EQ(argsort(wide).to_vector<int>(), (Ints{2, 3, 1, 4, 0}));
  const Tensor large = from_vector<std::uint32_t>({0xffffffffu, 0, 0x80000000u});
  EXPECT_EQ(argsort(large).to_vector<int>(), (Ints{1, 2, 0}));
}

TEST(Sort, OddViewsAndEmptyTensors) {
  const Tensor x = random_normal({6, 5});
  for (const Tensor& v : odd_views(x))
    EXPECT_EQ(sort(v, 0).to_vector<double>(), sort(x, 0).to_vector<double>());
  EXPECT_EQ(sort(zeros({0, 3}), 0).shape(), (Shape{0, 3}));
  EXPECT_EQ(argsort(zeros({3, 0})).shape(), (Shape{3, 0}));
}

TEST(Sort, Topk) {
  const Tensor x = tensor({{3.0, 9.0, 9.0, 1.0}, {nan, 2.0, 5.0, 4.0}});
  const auto [values, indices] = topk(x, 2);
  EXPECT_EQ(indices.to_vector<int>(), (Ints{1, 2, 0, 2}));
  EXPECT_EQ(slice(values, 0, 0, 1).to_vector<double>(), (Values{9, 9}));
  EXPECT_EQ(topk(tensor({{1, 5}, {4, 2}, {3, 3}}), 1, 0).first.to_vector<int>(), (Ints{4, 5}));
  EXPECT_EQ(topk(x, 0).first.shape(), (Shape{2, 0}));
  EXPECT_EQ(error_of([&] { topk(x, 5); }), "[topk] k is 5, but axis 1 of float32[2,4] has 4 elements.");
}

TEST(Sort, Gradients) {
  const Tensor x = random_normal({3, 6});
  for (int order : {1, 2}) {
    const CheckOptions options{.order = order, .tolerance = 1e-5};
    const auto weights = reshape(arange(0, 18, 1, float64), {3, 6});
    EXPECT_TRUE(
        check_gradients([&](const Tensor& v) { return square(sort(v, 0, true)) * weights; }, {x}, options));
    EXPECT_TRUE(check_gradients([](const Tensor& v) { return square(topk(v, 2).first); }, {x}, options));
  }
  const Tensor v = variable(tensor({3.0, 1.0, 2.0}));
  EXPECT_EQ(gradients(sort(v), {v}, tensor({10.0, 20.0, 30.0}))[0].to_vector<double>(), (Values{30, 10, 20}));
  EXPECT_EQ(argsort(v).graph(), nullptr);
}

TEST(Sort, Searchsorted) {
  const Tensor edges = tensor({1.0, 2.0, 2.0, 5.0}),
               v = tensor({{0.0, 1.0, 2.0, 3.0}, {5.0, 6.0, nan, -inf}});
  EXPECT_EQ(searchsorted(edges, v).to_vector<int>(), (Ints{0, 0, 1, 3, 3, 4, 4, 0}));
  EXPECT_EQ(searchsorted(edges, v, true).to_vector<int>(), (Ints{0, 1, 3, 3, 4, 4, 4, 0}));
  EXPECT_EQ(searchsorted(edges, v).shape(), (Shape{2, 4}));
  EXPECT_EQ(searchsorted(tensor({1.0, nan}), tensor({nan, 3.0})).to_vector<int>(), (Ints{1, 1}));
  EXPECT_EQ(searchsorted(zeros({0}), v).to_vector<int>(), Ints(8, 0));
  EXPECT_EQ(searchsorted(tensor({1, 4, 9}), tensor({4.5, 0.0})).to_vector<int>(), (Ints{2, 0}));
  for (int n : {1, 2, 3, 7, 8, 9, 100}) {
    const Values row = sort(random_integers({n}, 0, 50)).to_vector<double>();
    const Values at = random_integers({40}, -2, 52).to_vector<double>();
    Ints left, right;
    for (double a : at) {
      left.push_back(static_cast<int>(std::lower_bound(row.begin(), row.end(), a) - row.begin()));
      right.push_back(static_cast<int>(std::upper_bound(row.begin(), row.end(), a) - row.begin()));
    }
    EXPECT_EQ(searchsorted(from_vector(row), from_vector(at)).to_vector<int>(), left);
    EXPECT_EQ(searchsorted(from_vector(row), from_vector(at), true).to_vector<int>(), right);
  }
  EXPECT_EQ(error_of([] {
              searchsorted(zeros({2, 2}), zeros({1}));
            }),
            "[searchsorted] the edges are float32[2,2]: they must be one sorted row.");
}

TEST(Sort, Unique) {
  const Tensor x = tensor({{3.0, 1.0, nan}, {1.0, nan, 2.0}});
  const Unique u = unique_all(x);
  EXPECT_LE(relative_error(u.values.to_vector<double>(), {1, 2, 3, nan}), 0);
  EXPECT_EQ(u.values.size(), 4);
  EXPECT_EQ(u.indices.to_vector<int>(), (Ints{1, 5, 0, 2}));
  EXPECT_EQ(u.counts.to_vector<int>(), (Ints{2, 1, 1, 2}));
  EXPECT_EQ(u.inverse.to_vector<int>(), (Ints{2, 0, 3, 0, 3, 1}));
  EXPECT_EQ(u.inverse.shape(), x.shape());
  EXPECT_EQ(unique(zeros({0, 2}, int32)).shape(), (Shape{0}));
  EXPECT_EQ(unique(tensor(7)).to_vector<int>(), (Ints{7}));
  const Tensor many = random_integers({30, 40}, 0, 99, int16);
  const Unique all = unique_all(many);
  EXPECT_EQ(take(all.values, all.inverse).to_vector<int>(), many.to_vector<int>());
  EXPECT_EQ(take(flatten(many), all.indices).to_vector<int>(), all.values.to_vector<int>());
  EXPECT_EQ(sum(all.counts).item(), 1200);
}

TEST(Sort, Errors) {
  EXPECT_EQ(error_of([] { sort(tensor(1.0)); }), "[sort] x has no axes: there is no order of one number.");
  EXPECT_EQ(error_of([] { argsort(zeros({2}), 1); }), "[argsort] axis 1 is out of range for 1 axes.");
}

}  // namespace
}  // namespace ramie
