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
  if (passes()) return x;
  if (rate == 1) return zeros_like(x);
  if (!rng)
    fail("Dropout", "there is no random stream. Give rngs to the constructor, or to the call, or use an eval view "
                    "(deterministic = true).");
  return drop(x, (*rng)());
}
Tensor Dropout::operator()(const Tensor& x, Rngs& rngs) const {
  if (passes()) return x;
  return rate == 1 ? zeros_like(x) : drop(x, rngs.dropout());
}

Tensor Dropout::drop(const Tensor& x, const Tensor& key) const {
  const double keep = 1 - rate;
  return where(random::bernoulli(key, keep, x.shape()), x / keep, 0);
}

}  // namespace ramie::nn
