// A setting of an operator: a number, or a Cell that holds one and may be trained.
//
//   data::Brightness({.brightness_delta = 0.1, .stochastic = false});
//   nn::Param delta(tensor(0.1));
//   data::Brightness({.brightness_delta = delta.cell(), .stochastic = false});   // a gradient leads to delta
#pragma once

#include <memory>
#include <string>

#include <ramie/tensor/launch.h>

namespace ramie::data {

class Setting {
 public:
  Setting(double value) : value_(value) {}
  Setting(std::shared_ptr<Cell> cell) : cell_(std::move(cell)) {}

  // As it is now, with the dtype and on the device of x: [], or the shape that the Cell's value has.
  Tensor like(const Tensor& x) const;
  bool is(double value) const { return !cell_ && value_ == value; }
  std::string describe() const;  // "0.1", "learnable"

 private:
  double value_ = 0;
  std::shared_ptr<Cell> cell_;
};

// From low to high. {} in place of one, where it is optional: no limits.
struct Interval {
  double low = 0, high = 0;
  bool operator==(const Interval&) const = default;
};
std::string str(const Interval& x);  // "-0.1..0.1"

namespace detail {

// Throws Error("[op] brightness_range is 1..0: ...") unless both ends are finite and low <= high.
void check_interval(const std::string& op, const char* name, const Interval& x);
// Unless 0 <= p <= 1.
void check_probability(const std::string& op, const char* name, double p);

}  // namespace detail
}  // namespace ramie::data
