#include <gtest/gtest.h>

#include <cmath>

#include <autograd/toys.h>
#include <ramie/autograd/check.h>
#include <ramie/autograd/ops/reduce.h>
#include <support/error.h>

namespace ramie {
namespace {

Tensor points() { return from_vector<double>({0.5, -1.25, 2.0}); }

// The cube with a rule that is right at first order but for `factor`.
Tensor wrong_cube(const Tensor& x, double factor) {
  return apply("wrong_cube", {x},
               Forward{[](auto& v) { return toy::map([](double u) { return u * u * u; }, v); }},
               Saved{[](auto&, auto& v) { return save(v); }},
               Vjp{[factor](auto& dy, auto& v) { return Grads{dy * v * v * factor}; }});
}

TEST(CheckGradients, PassesWhatIsRight) {
  const GradientCheck first = check_gradients(toy::cube, {points()});
  EXPECT_TRUE(first) << first.table;
  EXPECT_LT(first.worst, 1e-8);
  EXPECT_NE(first.table.find("first order, input 0 element "), std::string::npos) << first.table;
  const GradientCheck second =
      check_gradients([](const Tensor& a, const Tensor& b) { return a * b * toy::exponential(b); },
                      {points(), points() * 0.5}, {.order = 2});
  EXPECT_TRUE(second) << second.table;
  EXPECT_NE(second.table.find("second order, input 1 element "), std::string::npos) << second.table;
}

TEST(CheckGradients, FindsAWrongRule) {
  const GradientCheck report =
      check_gradients([](const Tensor& x) { return wrong_cube(x, 2.9); }, {points()});
  EXPECT_FALSE(report);
  EXPECT_FALSE(report.passed);
  EXPECT_GT(report.worst, 0.01);
  EXPECT_NE(report.table.find("first order, input 0 element "), std::string::npos) << report.table;
  EXPECT_EQ(report.table.find("kink"), std::string::npos) << report.table;
}

TEST(CheckGradients, NamesTheWorstElement) {
  const auto f = [](const Tensor& x) {  // wrong at the second element alone
    return x * stop_gradient(from_vector<double>({1, 1, 1})) +
           stop_gradient(x) * from_vector<double>({0, 0.5, 0});
  };
  const GradientCheck report = check_gradients(f, {points()});
  EXPECT_FALSE(report);
  EXPECT_NE(report.table.find("input 0 element 1: "), std::string::npos) << report.table;
}

// Right at first order, wrong at second: the rule's own gradient is cut.
TEST(CheckGradients, FindsAWrongSecondOrder) {
  const auto f = [](const Tensor& x) {
    return apply("cut", {x}, Forward{[](auto& v) { return toy::map([](double u) { return u * u * u; }, v); }},
                 Saved{[](auto&, auto& v) { return save(v); }},
                 Vjp{[](auto& dy, auto& v) { return Grads{dy * stop_gradient(v) * v * 3.0}; }});
  };
  EXPECT_TRUE(check_gradients(f, {points()}));
  const GradientCheck report = check_gradients(f, {points()}, {.order = 2});
  EXPECT_FALSE(report) << report.table;
}

TEST(CheckGradients, SaysKinkAtAKink) {
  const GradientCheck report =
      check_gradients([](const Tensor& x) { return relu(x); }, {from_vector<double>({1.0, 0.0})});
  EXPECT_FALSE(report);
  EXPECT_NE(report.table.find("element 1: analytic 0,"), std::string::npos) << report.table;
  EXPECT_NE(report.table.find("(kink?)"), std::string::npos) << report.table;
  EXPECT_TRUE(check_gradients([](const Tensor& x) { return relu(x); }, {from_vector<double>({1.0, -0.5})}));
}

TEST(CheckGradients, SkipsIntegersAndTakesEmptyTensors) {
  const auto f = [](const Tensor& x, const Tensor& k) { return x * x * k; };
  const GradientCheck report = check_gradients(f, {points(), from_vector<int>({1, 2, 3})});
  EXPECT_TRUE(report) << report.table;
  EXPECT_EQ(report.table.find("input 1"), std::string::npos) << report.table;
  const GradientCheck empty = check_gradients(toy::cube, {zeros({0, 2}, float64)});
  EXPECT_TRUE(empty);
  EXPECT_EQ(empty.table, "first order, input 0: no elements\n");
}

TEST(CheckGradients, ANanIsAFailure) {
  const auto f = [](const Tensor& x) { return wrong_cube(x, NAN); };
  const GradientCheck report = check_gradients(f, {points()});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.worst, INFINITY);
}

TEST(CheckGradients, IgnoresWhatTheFunctionIgnores) {
  const GradientCheck report = check_gradients([](const Tensor& a, const Tensor&) { return a * 2.0; },
                                               {points(), points()}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(CheckGradients, TakesAListOfAnyLength) {
  const TensorFunction f = [](const std::vector<Tensor>& x) { return x[0] * x[1] * x[2] * x[3] * x[4]; };
  EXPECT_TRUE(check_gradients(f, {points(), points(), points(), points(), points()}));
}

TEST(CheckGradients, Errors) {
  EXPECT_EQ(error_text([] { check_gradients(toy::cube, {points()}, {.order = 3}); }),
            "[check_gradients] order 3 is not 1 or 2.");
}

}  // namespace
}  // namespace ramie
