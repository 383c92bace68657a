#include <ramie/tensor/random.h>

#include <ramie/tensor/ops/threefry.h>

namespace ramie::random {

Tensor key(std::int64_t seed) { return launch(kernels::MakeKey{seed}); }

}  // namespace ramie::random
