// A setting of an operator: a number, or something that may be learned (learnable.h).
//
//   data::Brightness({.brightness_delta = 0.1, .stochastic = false});
//   nn::Param delta(tensor(0.1));
//   data::Brightness({.brightness_delta = delta, .stochastic = false});    // a gradient leads to delta
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include <ramie/data/operators/learnable.h>

namespace ramie::data {

class Setting {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Setting(T value) : value_(static_cast<double>(value)) {}
  template <class T>
  requires std::constructible_from<Learnable, T> Setting(T value) : learned_(std::move(value)) {}

  // As it is now, with the dtype and on the device of x; the shape is the learned value's, [] for a number.
  Tensor like(const Tensor& x) const;
  bool is(double value) const { return !learned_ && value_ == value; }
  std::string describe() const;  // "0.1", "learnable"

 private:
  double value_ = 0;
  Learnable learned_;
};

// From low to high.
struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};
std::string str(const Interval& x);  // "-0.1..0.1"

namespace detail {

// Throws Error("[op] brightness_range is 1..0: ...") unless both ends are finite and low <= high.
void check_interval(const std::string& op, const char* name, const Interval& x);
// Throws unless 0 <= p <= 1.
void check_probability(const std::string& op, const char* name, double p);

}  // namespace detail
}  // namespace ramie::data
