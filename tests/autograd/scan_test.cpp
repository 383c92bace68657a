#include <ramie/autograd/scan.h>

#include <map>
#include <string>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Two = std::pair<Tensor, Tensor>;

// y is the sum so far, with the new element counted twice.
const auto running = [](const Tensor& total, const Tensor& x) { return Two(total + x, total + 2 * x); };

TEST(Scan, HandWorked) {
  const Tensor x = tensor({1, 2, 3}, float64), start = full({}, 10, float64);
  const auto [total, y] = scan(running, start, x);
  expect_near(total, {16}, {});
  expect_near(y, {12, 15, 19}, {3});
  const auto [back, z] = scan(running, start, x, {.reverse = true});
  expect_near(back, {16}, {});
  expect_near(z, {17, 17, 16}, {3});
}

TEST(Scan, WalksTrees) {
  using Carry = std::map<std::string, Tensor>;
  using X = std::tuple<Tensor, std::vector<Tensor>>;
  const auto cell = [](const Carry& c, const X& x) {
    auto& [a, more] = x;
    Carry next = {{"sum", c.at("sum") + a}, {"product", c.at("product") * more[0]}};
    return std::pair(next, std::vector<Tensor>{a, more[0] + more[1], next.at("sum")});
  };
  const Carry start = {{"sum", zeros({2}, float64)}, {"product", ones({}, float64)}};
  const X xs{tensor({{1, 2}, {3, 4}, {5, 6}}, float64),
             {tensor({2, 3, 4}, float64), tensor({10, 20, 30}, float64)}};
  const auto [last, ys] = scan(cell, start, xs);
  expect_near(last.at("sum"), {9, 12}, {2});
  expect_near(last.at("product"), {24}, {});
  ASSERT_EQ(ys.size(), 3u);
  expect_near(ys[0], std::get<0>(xs), 0);
  expect_near(ys[1], {12, 23, 34}, {3});
  expect_near(ys[2], {1, 2, 4, 6, 9, 12}, {3, 2});
}

// A small recurrent network.
Tensor network(const Tensor& xs, const Tensor& wx, const Tensor& wh, bool reverse) {
  const auto cell = [&](const Tensor& h, const Tensor& x) {
    const Tensor next = tanh(matmul(x, wx) + matmul(h, wh));
    return Two(next, next * x.slice(-1, 0, 1));
  };
  const auto [last, ys] = scan(cell, zeros({2, 3}, float64), xs, {.reverse = reverse});
  return square(last) + mean(ys, {0});
}

TEST(Scan, GradientsThroughTimeEqualDifferences) {
  for (std::int64_t length : {1, 2, 5})
    for (bool reverse : {false, true}) {
      const auto f = [&](const Tensor& xs, const Tensor& wx, const Tensor& wh) {
        return network(xs, wx, wh, reverse);
      };
      const auto report = check_gradients(
          f, {random_normal({length, 2, 4}), random_normal({4, 3}), random_normal({3, 3})}, {.order = 2});
      EXPECT_TRUE(report) << report.table;
    }
}

TEST(Scan, ALinearRecurrence) {  // h = a h + x: dh/dx(t) = a^(T - 1 - t)
  const auto last = [](const Tensor& xs) {
    const auto cell = [](const Tensor& h, const Tensor& x) { return Two(0.5 * h + x, h); };
    return scan(cell, zeros({}, float64), xs).first;
  };
  expect_near(grad(last)(ones({5}, float64)), {0.0625, 0.125, 0.25, 0.5, 1}, {5});
}

TEST(Scan, OfNoElements) {
  const Tensor start = variable(random_normal({2}));
  const auto cell = [](const Tensor& h, const Tensor& x) { return Two(h + x, stack({h, x})); };
  const auto [last, ys] = scan(cell, start, zeros({0, 2}, float64));
  expect_near(last, start, 0);
  EXPECT_EQ(ys.shape(), (Shape{0, 2, 2}));
  EXPECT_EQ(ys.dtype(), float64);
  EXPECT_EQ(gradients(sum(last) + sum(ys), {start})[0].to_vector<double>(), (std::vector<double>{1, 1}));
  EXPECT_EQ(associative_scan([](const Tensor& a, const Tensor&) { return a; }, zeros({0, 3})).shape(),
            (Shape{0, 3}));
}

TEST(Scan, NamesWhatDoesNotFit) {
  using Vector = std::vector<Tensor>;
  const auto cell = [](const Tensor& c, const Vector&) { return Two(c, c); };
  EXPECT_EQ(error_of([&] { scan(cell, zeros({}), Vector{}); }), "[scan] there are no tensors to walk along.");
  EXPECT_EQ(error_of([&] {
              scan(cell, zeros({}), Vector{zeros({2}), zeros({})});
            }),
            "[scan] the first axes differ in length: float32[2] and float32[].");
}

TEST(AssociativeScan, OfSumsAndProducts) {
  for (std::int64_t n : {1, 2, 3, 4, 7, 16, 21}) {
    const Tensor x = random_normal({n, 2});
    const auto plus = [](const Tensor& a, const Tensor& b) { return a + b; };
    expect_near(associative_scan(plus, x), cumsum(x, 0), 1e-13);
    expect_near(associative_scan(plus, x, {.reverse = true}), flip(cumsum(flip(x, {0}), 0), {0}), 1e-13);
  }
  // Not commutative: matrices.
  const Tensor m = random_normal({5, 2, 2});
  const Tensor products = associative_scan([](const Tensor& a, const Tensor& b) { return matmul(a, b); }, m);
  Tensor so_far = m[0];
  for (int i = 1; i < 5; ++i) expect_near(products[i], so_far = matmul(so_far, m[i]), 1e-13);
}

// h(t) = a(t) h(t - 1) + x(t), as pairs (a, x) under (a, x) (b, y) = (a b, b x + y).
TEST(AssociativeScan, IsALinearRecurrenceWithGradients) {
  const auto join = [](const Two& l, const Two& r) {
    return Two(l.first * r.first, r.first * l.second + r.second);
  };
  const auto f = [&](const Tensor& a, const Tensor& x) {
    return square(associative_scan(join, Two(a, x)).second);
  };
  const Tensor a = random_normal({5}), x = random_normal({5});
  const auto cell = [](const Tensor& h, const Two& ax) {
    const Tensor next = ax.first * h + ax.second;
    return Two(next, next);
  };
  expect_near(f(a, x), square(scan(cell, zeros({}, float64), Two(a, x)).second), 1e-13);
  const auto report = check_gradients(f, {a, x}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(AssociativeScan, NamesUnequalLengths) {
  const auto join = [](const Two& l, const Two&) { return l; };
  EXPECT_EQ(error_of([&] { associative_scan(join, Two(zeros({3}), zeros({2}))); }),
            "[associative_scan] the first axes differ in length: float32[3] and float32[2].");
}

}  // namespace
}  // namespace ramie
