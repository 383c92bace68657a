// Checks gradient rules against central differences.
//
//   auto report = check_gradients([](const Tensor& a, const Tensor& b) { return matmul(a, b); }, {a, b});
//   EXPECT_TRUE(report) << report.table;
//
// The inputs should be float64, and not sit at a kink (relu at 0): the report says "kink" where the
// differences to the left and to the right disagree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

struct GradientCheck {
  bool passed = true;
  double worst = 0;   // the largest error, relative to the larger of 1 and the gradients
  std::string table;  // a line for each input with its worst element: analytic, numeric, error
  explicit operator bool() const { return passed; }
};

struct CheckOptions {
  int order = 1;       // 2: also the gradient of the gradient
  double step = 1e-5;  // relative to max(1, |x|)
  double tolerance = 1e-6;
};

using TensorFunction = std::function<Tensor(const std::vector<Tensor>&)>;

GradientCheck check_gradients(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              CheckOptions options = {});

// Functions of one to four tensors.
template <class F>
requires(!std::is_invocable_v<F, const std::vector<Tensor>&>) GradientCheck
    check_gradients(const F& f, const std::vector<Tensor>& inputs, CheckOptions options = {}) {
  return check_gradients(TensorFunction([&f](const std::vector<Tensor>& x) {
                           if constexpr (std::is_invocable_v<F, Tensor>)
                             return f(x.at(0));
                           else if constexpr (std::is_invocable_v<F, Tensor, Tensor>)
                             return f(x.at(0), x.at(1));
                           else if constexpr (std::is_invocable_v<F, Tensor, Tensor, Tensor>)
                             return f(x.at(0), x.at(1), x.at(2));
                           else
                             return f(x.at(0), x.at(1), x.at(2), x.at(3));
                         }),
                         inputs, options);
}

}  // namespace ramie
