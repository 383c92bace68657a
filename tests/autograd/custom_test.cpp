#include <ramie/autograd/custom.h>
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>

#include "support/ops.h"

namespace ramie {
namespace {

Tensor number(double x) { return full({}, x, float64); }

// sin with a planted slope of 10 cos, so that it is seen which rule ran.
const auto loud_sine =
    custom_vjp([](const Tensor& x) { return sin(x); }, [](const Tensor& x) { return std::pair(sin(x), x); },
               [](const Tensor& x, const Tensor& dy) { return 10 * dy * cos(x); });
const auto loud_push =
    custom_jvp([](const Tensor& x) { return sin(x); },
               [](const Tensor& x, const Tensor& t) { return std::pair(sin(x), 10 * t * cos(x)); });

template <class F>
void expect_loud(const F& f) {
  const Tensor x = number(0.4);
  EXPECT_NEAR(f(x).item(), std::sin(0.4), 1e-15);
  EXPECT_NEAR(grad(f)(x).item(), 10 * std::cos(0.4), 1e-14);
  EXPECT_NEAR(jvp(f, x, number(2)).second.item(), 20 * std::cos(0.4), 1e-14);
  EXPECT_NEAR(grad(grad(f))(x).item(), -10 * std::sin(0.4), 1e-14);  // of the rule as it stands
  EXPECT_NEAR(hvp(f, x, number(1)).item(), -10 * std::sin(0.4), 1e-14);
  const Tensor v = variable(x);
  backward(f(v));
  EXPECT_NEAR(v.grad().item(), 10 * std::cos(0.4), 1e-14);
}
TEST(CustomVjp, ItsRuleRunsInEveryTransform) { expect_loud(loud_sine); }
TEST(CustomJvp, ItsRuleRunsInEveryTransform) { expect_loud(loud_push); }

template <class F>
void expect_loud_in_batches(const F& f) {
  const Tensor x = random_normal({5});
  expect_near(vmap(f)(x), sin(x), 1e-15);
  expect_near(vmap(grad(f))(x), 10 * cos(x), 1e-14);
  const auto total = [&](const Tensor& x) { return sum(vmap(f)(x)); };
  expect_near(grad(total)(x), 10 * cos(x), 1e-14);
  const auto push = [&](const Tensor& x, const Tensor& v) { return jvp(f, x, v).second; };
  expect_near(vmap(push)(x, x), 10 * x * cos(x), 1e-14);
  expect_near(jvp(vmap(f), x, x).second, 10 * x * cos(x), 1e-14);
  const auto slopes = [&](const Tensor& x) { return sum(square(vmap(grad(f))(x))); };
  expect_near(grad(slopes)(x), -200 * cos(x) * sin(x), 1e-13);
}
TEST(CustomVjp, ItsRuleRunsInBatches) { expect_loud_in_batches(loud_sine); }
TEST(CustomJvp, ItsRuleRunsInBatches) { expect_loud_in_batches(loud_push); }

TEST(CustomVjp, TakesTreesAndGivesTrees) {
  using Parts = std::pair<Tensor, Tensor>;
  const auto f = custom_vjp(
      [](const Tensor& a, const Parts& b) {
        return Parts{a * b.first, a + b.second};
      },
      [](const Tensor& a, const Parts& b) {
        return std::pair(Parts{a * b.first, a + b.second}, std::tuple(a, b.first));
      },
      [](const std::tuple<Tensor, Tensor>& kept, const Parts& dy) {
        auto& [a, b] = kept;
        return std::tuple(dy.first * b + dy.second, Parts{dy.first * a, dy.second * 100});
      });
  const auto loss = [&](const Tensor& a, const Parts& b) {
    const Parts y = f(a, b);
    return y.first * 2 + y.second * 3;
  };
  auto [da, db] = grad(loss, argnums<0, 1>)(number(5), Parts{number(7), number(11)});
  EXPECT_EQ(da.item(), 2 * 7 + 3);
  EXPECT_EQ(db.first.item(), 10);
  EXPECT_EQ(db.second.item(), 300);
  // An output that the loss leaves out has a cotangent of zeros.
  const auto half = [&](const Tensor& a) { return f(a, Parts{number(7), number(11)}).second; };
  EXPECT_EQ(grad(half)(number(5)).item(), 1);
}

TEST(CustomVjp, AWrongRuleIsAnError) {
  const auto f =
      custom_vjp([](const Tensor& x) { return sum(x); }, [](const Tensor& x) { return std::pair(sum(x), x); },
                 [](const Tensor&, const Tensor& dy) { return dy; });
  EXPECT_EQ(error_of([&] { grad(f)(zeros({2})); }),
            "[custom_vjp] the gradient of input 0 should be float32[2], but the rule gave float32[].");
}

TEST(CustomVjp, TheGraphIsFreed) {
  const Tensor x = variable(number(1));
  const Tensor y = loud_sine(x);
  backward(y);
  EXPECT_EQ(error_of([&] { backward(y); }),
            "[custom_vjp] an earlier backward used this graph up: pass {.retain_graph = true} there.");
}

TEST(CustomJvp, StraightThrough) {
  const auto f = custom_jvp([](const Tensor& x) { return round(x); },
                            [](const Tensor& x, const Tensor& t) { return std::pair(round(x), t); });
  const Tensor x = tensor({0.4, 1.6}, float64);
  expect_near(grad([&](const Tensor& x) { return sum(f(x) * f(x)); })(x), {0, 4}, {2});
}

}  // namespace
}  // namespace ramie
