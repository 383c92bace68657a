// Checks gradient rules against central differences.
//
//   auto report = check_gradients([](const Tensor& a, const Tensor& b) { return matmul(a, b); }, {a, b});
//   EXPECT_TRUE(report) << report.table;             // or EXPECT_GRADIENTS(matmul, a, b): check_gtest.h
//
//   order  input  shape         element  analytic      numeric       error    verdict
//   1      0      float64[2,3]  (0, 2)   -0.413825691  -0.413825691  1.1e-11  ok
//   1      1      float64[3]    (1,)     1.2           2.4           0.5      WRONG
//
// The inputs should be float64, and not sit at a kink (relu at 0): the verdict is "kink" where the
// differences to the left and to the right disagree. Of float32 the report says which step to take.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

struct GradientCheck {
  struct Row {
    int order, input;
    Layout layout;  // of the input
    Shape element;  // its index; the worst one's, unless all were asked for
    double analytic = 0, numeric = 0;
    double error = 0;     // relative to the larger of 1 and the gradients
    const char* verdict;  // "ok", "WRONG", "kink", "NaN", "empty"
  };
  bool passed = true;
  double worst = 0;  // the largest error; infinite at a NaN
  std::string table;
  std::vector<Row> rows;
  explicit operator bool() const { return passed; }
};

struct CheckOptions {
  int order = 1;       // 2: also the gradient of the gradient
  double step = 1e-5;  // relative to max(1, |x|)
  double tolerance = 1e-6;
  bool all_elements = false;  // a row for each element instead of the worst one's
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

// A student's gradients beside autograd's: "db: exact", "dw: approximate, max diff 4.7e-10", "dx: WRONG, max
// diff 0.25 at (1, 0)"; approximate is within 1e-5 of the largest number.
std::string compare(const std::string& name, const Tensor& mine, const Tensor& autograds);

}  // namespace ramie
