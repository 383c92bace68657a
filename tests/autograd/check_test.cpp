#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cmath>

#include <autograd/toys.h>
#include <ramie/autograd/check.h>
#include <ramie/autograd/check_gtest.h>
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
  ASSERT_EQ(first.rows.size(), 1u);
  EXPECT_STREQ(first.rows[0].verdict, "ok");
  const GradientCheck second =
      check_gradients([](const Tensor& a, const Tensor& b) { return a * b * toy::exponential(b); },
                      {points(), points() * 0.5}, {.order = 2});
  EXPECT_TRUE(second) << second.table;
  ASSERT_EQ(second.rows.size(), 4u);
  EXPECT_EQ(second.rows[3].order, 2);
  EXPECT_EQ(second.rows[3].input, 1);
}

TEST(CheckGradients, FindsAWrongRule) {
  const GradientCheck report =
      check_gradients([](const Tensor& x) { return wrong_cube(x, 2.9); }, {points()});
  EXPECT_FALSE(report);
  EXPECT_FALSE(report.passed);
  EXPECT_GT(report.worst, 0.01);
  EXPECT_STREQ(report.rows[0].verdict, "WRONG");
}

TEST(CheckGradients, NamesTheWorstElement) {
  const auto f = [](const Tensor& x) {  // wrong at the second element alone
    return x * stop_gradient(from_vector<double>({1, 1, 1})) +
           stop_gradient(x) * from_vector<double>({0, 0.5, 0});
  };
  const GradientCheck report = check_gradients(f, {points()});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.rows[0].element, (Shape{1}));
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
  EXPECT_EQ(report.rows[0].element, (Shape{1}));
  EXPECT_EQ(report.rows[0].analytic, 0);
  EXPECT_NEAR(report.rows[0].numeric, 0.5, 1);
  EXPECT_STREQ(report.rows[0].verdict, "kink");
  EXPECT_TRUE(check_gradients([](const Tensor& x) { return relu(x); }, {from_vector<double>({1.0, -0.5})}));
}

TEST(CheckGradients, SkipsIntegersAndTakesEmptyTensors) {
  const auto f = [](const Tensor& x, const Tensor& k) { return x * x * k; };
  const GradientCheck report = check_gradients(f, {points(), from_vector<int>({1, 2, 3})});
  EXPECT_TRUE(report) << report.table;
  EXPECT_EQ(report.rows.size(), 1u) << report.table;
  const GradientCheck empty = check_gradients(toy::cube, {zeros({0, 2}, float64)});
  EXPECT_TRUE(empty);
  EXPECT_EQ(empty.table,
            "order  input  shape         element  analytic  numeric  error  verdict\n"
            "1      0      float64[0,2]  -        -         -        -      empty\n");
}

TEST(CheckGradients, ANanIsAFailure) {
  const auto f = [](const Tensor& x) { return wrong_cube(x, NAN); };
  const GradientCheck report = check_gradients(f, {points()});
  EXPECT_FALSE(report);
  EXPECT_EQ(report.worst, INFINITY);
  EXPECT_STREQ(report.rows[0].verdict, "NaN");
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

TEST(CheckGradients, TheTableHasARowForEachElementIfAsked) {
  const auto f = [](const Tensor& x) { return sum(x * 3); };
  const Tensor x = from_vector<double>({0, 0, 0, 0}, {2, 2});
  const GradientCheck report = check_gradients(f, {x}, {.step = 0.5, .all_elements = true});
  const double w = report.rows[0].analytic;  // 3 times the weight of the projection
  EXPECT_EQ(report.rows[3].element, (Shape{1, 1}));
  ASSERT_EQ(report.rows.size(), 4u);
  for (auto& row : report.rows) EXPECT_NEAR(row.analytic, w, 1e-12);
  EXPECT_NE(report.table.find("1      0      float64[2,2]  (1, 0) "), std::string::npos) << report.table;
}

TEST(CheckGradients, SaysWhichStepFloat32Needs) {
  const auto f = [](const Tensor& x) { return sin(x); };
  const Tensor x = points().astype(float32);
  const GradientCheck report = check_gradients(f, {x});
  EXPECT_FALSE(report);
  EXPECT_NE(report.table.find("Input 0 is float32[3]: a step of 1e-05 drowns in rounding. Check in float64, "
                              "or with a step of 1e-2 and a tolerance of 1e-2.\n"),
            std::string::npos)
      << report.table;
  EXPECT_TRUE(check_gradients(f, {x}, {.step = 1e-2, .tolerance = 1e-2}));
}

TEST(CheckGradients, AsAssertions) {
  EXPECT_GRADIENTS([](const Tensor& a, const Tensor& b) { return sin(a) * b; }, points(), points() * 0.5);
  EXPECT_GRADIENTS2([](const Tensor& a) { return a * a * a; }, points());
  const auto wrong = [](const Tensor& x) { return wrong_cube(x, 2.9); };
  EXPECT_NONFATAL_FAILURE(EXPECT_GRADIENTS(wrong, points()), "WRONG");
}

TEST(Compare, SaysHowNearAStudentIs) {
  const Tensor right = from_vector<double>({1, -2, 4, 0}, {2, 2});
  EXPECT_EQ(compare("dw", right, right), "dw: exact");
  EXPECT_EQ(compare("dw", right + 1e-6, right), "dw: approximate, max diff 1e-06");
  EXPECT_EQ(compare("dw", from_vector<double>({1, -2, 4.5, 0}, {2, 2}), right),
            "dw: WRONG, max diff 0.5 at (1, 0)");
  EXPECT_EQ(compare("dw", from_vector<double>({1, NAN, 4, 0}, {2, 2}), right),
            "dw: WRONG, max diff inf at (0, 1)");
  EXPECT_EQ(compare("db", sum(right), right), "db: WRONG, your shape is (), autograd's (2, 2)");
}

TEST(CheckGradients, Errors) {
  EXPECT_EQ(error_text([] { check_gradients(toy::cube, {points()}, {.order = 3}); }),
            "[check_gradients] order 3 is not 1 or 2.");
}

}  // namespace
}  // namespace ramie
