#include "autograd/gallery.h"

#include <gtest/gtest.h>

#include <ramie/autograd/check.h>

namespace ramie {
namespace {

using Function = TensorFunction;
using Inputs = std::vector<Tensor>;

Tensor numbers() { return from_vector<double>({0.5, -1.25, 2.0, 0.75}); }
Tensor matrix(double first) { return from_vector<double>({first, 0.5, -1.5, 2}, {2, 2}); }

struct Exhibit {
  const char* name;
  Function wrong, right;
  Inputs inputs;
  int order = 1;  // at which the mistake shows
};

template <class F>
Function of_one(F f) {
  return [f](const Inputs& x) { return f(x[0]); };
}
template <class F>
Function of_two(F f) {
  return [f](const Inputs& x) { return f(x[0], x[1]); };
}
Function binary(Tensor (*f)(const Tensor&, const Tensor&)) { return of_two(f); }
Function unary(Tensor (*f)(const Tensor&)) { return of_one(f); }

std::vector<Exhibit> exhibits() {
  using namespace gallery;
  const Inputs one{numbers()}, two{numbers(), numbers() * 0.5 + 0.1}, square_ones{matrix(1), matrix(-1)};
  return {
      {"forgotten_factor", unary(forgotten_factor), unary(square), one},
      {"wrong_sign", binary(wrong_sign), binary(subtract), two},
      {"missing_chain", unary(missing_chain), unary(sin), one},
      {"missing_transpose", binary(missing_transpose), binary(matmul), square_ones},
      {"swapped_inputs", binary(swapped_inputs), binary(multiply), two},
      {"forgotten_broadcast_sum", binary(forgotten_broadcast_sum), binary(add),
       Inputs{matrix(1), numbers().slice(0, 0, 2)}},
      {"wrong_saved_tensor", unary(wrong_saved_tensor), unary(exp), one},
      {"forgotten_square", unary(forgotten_square), unary(tanh), one},
      {"off_by_one", unary(off_by_one), of_one([](auto& x) { return x.slice(0, 1, x.size()); }), one},
      {"detached_branch", unary(detached_branch), unary(silu), one},
      {"diagonal_only", unary(diagonal_only), of_one([](auto& x) { return softmax(x); }), one},
      {"forgotten_count", unary(forgotten_count), of_one([](auto& x) { return mean(x); }), one},
      {"wrong_side_of_the_kink", unary(wrong_side_of_the_kink), unary(relu), one},
      {"right_only_once", unary(right_only_once), of_one([](auto& x) { return x * x * x; }), one, 2},
  };
}

TEST(Gallery, TheCheckerFindsEveryMistake) {
  for (auto& e : exhibits()) {
    SCOPED_TRACE(e.name);
    for (int order = 1; order < e.order; ++order)
      EXPECT_TRUE(check_gradients(e.wrong, e.inputs, {.order = order}));
    const GradientCheck report = check_gradients(e.wrong, e.inputs, {.order = e.order});
    EXPECT_FALSE(report) << report.table;
    EXPECT_GT(report.worst, 0.01);
    EXPECT_NE(report.table.find("WRONG"), std::string::npos) << report.table;
  }
}

// The values of both are the same, and the right ones pass, of second order too: so it is the rule.
TEST(Gallery, OnlyTheRuleIsWrong) {
  for (auto& e : exhibits()) {
    SCOPED_TRACE(e.name);
    EXPECT_EQ(e.wrong(e.inputs).to_vector<double>(), e.right(e.inputs).to_vector<double>());
    const GradientCheck report = check_gradients(e.right, e.inputs, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

}  // namespace
}  // namespace ramie
