// Holds the ops against what JAX and PyTorch computed (tests/oracles/frameworks.py): a test program gives the
// table of a family, from an op's name to the call, and every op in it is tested in float64 and float32, in
// second order, forward, on odd views and under vmap.
//
//   const Family& family() {
//     static const Family all{{"linalg"},  // tests/data/frameworks/linalg.json
//                             {{"dot", binary(dot)},
//                              {"tril", [](auto& x, auto& a) { return tril(x[0], integer(a, "k")); }}}};
//     return all;
//   }
#pragma once

#include <map>

#include "support/ops.h"

namespace ramie::frameworks {

using oracle::Case;
using oracle::Json;
using Tensors = std::vector<Tensor>;

// What calls an op with a case's inputs and attributes: one output or several. The error allowed in float32
// is wider only where a table says why.
struct Op {
  std::function<Tensors(const Tensors&, const Json&)> call;
  double float32 = 1e-5;
  bool reads_values = false;  // the result's size depends on them: not under vmap
  template <class F>
  Op(F f, double float32_error = 1e-5) : float32(float32_error) {
    call = [f](const Tensors& x, const Json& attributes) -> Tensors {
      if constexpr (std::is_convertible_v<std::invoke_result_t<F, const Tensors&, const Json&>, Tensor>)
        return {f(x, attributes)};
      else
        return f(x, attributes);
    };
  }
};
Op reading(Op op);
// Functions of one tensor, and of two.
Op unary(Tensor (*f)(const Tensor&), double float32_error = 1e-5);
Op binary(Tensor (*f)(const Tensor&, const Tensor&), double float32_error = 1e-5);

struct Family {
  std::vector<std::string> files;
  std::map<std::string, Op> ops;
};
const Family& family();  // the test program's

// Attributes of a case.
std::int64_t integer(const Json& attributes, const char* name);
Shape numbers(const Json& attributes, const char* name);  // a list, one number, or null: none
Shape axes(const Json& attributes);
std::int64_t axis(const Json& attributes);
bool flag(const Json& attributes, const char* name);
bool keepdims(const Json& attributes);

}  // namespace ramie::frameworks
