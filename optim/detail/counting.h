// A stage whose scalar is the number of steps, this one included: its state begins with a "count".
#pragma once

#include <ramie/optim/transformation.h>

namespace ramie::optim::detail {

Elementwise counting(kernels::Stage stage, std::vector<std::string> states, std::vector<double> initial = {});

}  // namespace ramie::optim::detail
