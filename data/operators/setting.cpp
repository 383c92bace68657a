#include <ramie/data/operators/setting.h>

#include <cmath>

#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

Tensor Setting::like(const Tensor& x) const {
  if (!learned_) return full({}, value_, x.dtype()).to(x.device());
  return learned_().to(x.device()).astype(x.dtype());
}

std::string Setting::describe() const { return learned_ ? "learnable" : fmt::format("{}", value_); }

std::string str(const Interval& x) { return fmt::format("{}..{}", x.low, x.high); }

namespace detail {

void check_interval(const std::string& op, const char* name, const Interval& x) {
  if (!(std::isfinite(x.low) && std::isfinite(x.high) && x.low <= x.high))
    fail(op,
         fmt::format("{} is {}: it goes from the smaller number to the larger, both finite.", name, str(x)));
}

void check_probability(const std::string& op, const char* name, double p) {
  if (!(p >= 0 && p <= 1)) fail(op, fmt::format("{} is {}: a probability lies in 0..1.", name, p));
}

}  // namespace detail
}  // namespace ramie::data
