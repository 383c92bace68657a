// The loss that came with an update.
#pragma once

#include <ramie/optim/transformation.h>

namespace ramie::optim::detail {

// As float64[]; an error where there is none.
Tensor value_of(const char* name, const ExtraArgs& extra);

}  // namespace ramie::optim::detail
