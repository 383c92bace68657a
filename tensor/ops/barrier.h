// A copy that programs leave alone: what is computed from it is not merged with what is computed from x.
#pragma once

#include <ramie/tensor/ops/copy.h>

namespace ramie::kernels {

struct Barrier : private Copy {  // no operator==: no two are the same
  static constexpr const char* name = "barrier";
  static constexpr bool any_strides = true;
  using Copy::outputs;
  using Copy::run;
};

}  // namespace ramie::kernels
