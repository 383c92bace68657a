#include <ramie/nn/dropout.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn {

Dropout::Dropout(double r) : rate(r) {
  if (!(r >= 0 && r <= 1)) fail("Dropout", fmt::format("the rate is {}: it must lie between 0 and 1.", r));
}
Dropout::Dropout(double r, Rngs& rngs) : Dropout(r) { rng.emplace(rngs["dropout"].fork()); }

Tensor Dropout::operator()(const Tensor& x) {
  return call(x, [&](const Tensor& x) {
    if (!draws()) return without_key(x);
    if (!rng)
      fail("Dropout",
           "there is no random stream. Give rngs to the constructor, or to the call, or use an eval view "
           "(deterministic = true).");
    return (*this)(x, (*rng)());
  });
}
Tensor Dropout::operator()(const Tensor& x, Rngs& rngs) const {
  return call(x, [&](const Tensor& x) { return draws() ? (*this)(x, rngs.dropout()) : without_key(x); });
}
Tensor Dropout::operator()(const Tensor& x, const Tensor& key) const {
  return call(x, [&](const Tensor& x) {
    if (!draws()) return without_key(x);
    const double keep = 1 - rate;
    // XLA makes a product of the quotient x / keep; so do we, for its bits.
    const double by = x.dtype() == float64 ? 1 / keep : 1 / static_cast<float>(keep);
    return where(random::bernoulli(key, keep, x.shape()), x * by, 0);
  });
}
Tensor Dropout::without_key(const Tensor& x) const { return deterministic || rate == 0 ? x : zeros_like(x); }

}  // namespace ramie::nn
