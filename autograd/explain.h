// A derivation in words: what each op computed, what its rule says, and how the gradients add up.
//
//   KeepValues keep;
//   Tensor a = variable(2.0), b = variable(-3.0), loss = a * b + a;
//   std::cout << explain(loss, {{"a", a}, {"b", b}});
//
//   2. v2 = multiply(a, b)
//      rule   y = a b;   da = dy b,  db = dy a
//      dy     1
//      to a   dy * -3 = -3, in sum -2
//      to b   dy * 2 = 2
//
// The numbers are those of a real backward (backward_trace.h); it changes nothing.
#pragma once

#include <ramie/autograd/backward_trace.h>

namespace ramie {

std::string explain(const BackwardTrace& trace);
inline std::string explain(const Tensor& y, const Names& names = {}) {
  return explain(trace_backward(y, names));
}

}  // namespace ramie
