#include <ramie/data/operators/beta.h>

#include <cmath>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

// At least 95 of 100 proposals are accepted; that none of these is has a chance of 1e-20.
constexpr std::int64_t proposals = 16;

// The logarithm, since small shapes give numbers below any float.
Tensor log_gamma(const Tensor& key, double shape) {
  const auto keys = random::split(key, 3);
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  const Tensor x = random::normal(keys[0], {proposals}), u = random::uniform(keys[1], {proposals});
  const Tensor root = 1 + c * x;
  const Tensor v = where(root > 0, root * root * root, 1);
  const Tensor log_v = log(v);
  const Tensor accepted = (root > 0) & (log(u) < 0.5 * x * x + d * (1 - v + log_v));
  Tensor log_of_larger = std::log(d) + take(log_v, argmax(accepted));
  if (shape >= 1) return log_of_larger;
  return log_of_larger + log1p(-random::uniform(keys[2], {})) / shape;
}

}  // namespace

Tensor beta(const Tensor& key, double a, double b) {
  if (!(a > 0 && b > 0 && std::isfinite(a) && std::isfinite(b)))
    fail("beta", fmt::format("a is {} and b is {}: both must be positive numbers.", a, b));
  const auto keys = random::split(key);
  return sigmoid(log_gamma(keys[0], a) - log_gamma(keys[1], b));
}

}  // namespace ramie::data
