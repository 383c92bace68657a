// check_gradients as assertions for GoogleTest; only your tests include it.
//
//   EXPECT_GRADIENTS([](const Tensor& a, const Tensor& b) { return sin(a) * b; }, a, b);
//   EXPECT_GRADIENTS2(f, a, b);        // of second order, too
//
// A failure prints the table of check.h. The inputs should be float64.
#pragma once

#include <gtest/gtest.h>

#include <ramie/autograd/check.h>

namespace ramie::detail {

template <class F, class... T>
testing::AssertionResult gradients_hold(int order, const F& f, const T&... inputs) {
  const GradientCheck report = check_gradients(f, std::vector<Tensor>{inputs...}, {.order = order});
  if (report) return testing::AssertionSuccess() << "\n" << report.table;
  return testing::AssertionFailure() << "\n" << report.table;
}

}  // namespace ramie::detail

#define EXPECT_GRADIENTS(...) EXPECT_TRUE(::ramie::detail::gradients_hold(1, __VA_ARGS__))
#define EXPECT_GRADIENTS2(...) EXPECT_TRUE(::ramie::detail::gradients_hold(2, __VA_ARGS__))
