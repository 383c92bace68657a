// What the ops compute and how their gradients go, in words for explain and draw.
//
//   formula_of("multiply")->vjp       // "da = dy b,  db = dy a"
//
// a, b, c are the inputs, or x where there is one; y is the output and dy its gradient.
#pragma once

#include <string_view>

namespace ramie {

struct Formula {
  std::string_view op, forward, vjp;
};
const Formula* formula_of(std::string_view op);  // null for an op that the table lacks

namespace detail {
bool is_elementwise(std::string_view op);  // as far as the table knows
}

}  // namespace ramie
