#include <ramie/train/axes_ticks.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ramie::train::detail {
namespace {

constexpr double kHuge = 1e300, kTiny = 1e-300;
constexpr double kMargin = 0.05;
constexpr double kResolution = 1e-12;  // relative differences below are rounding, not data
constexpr double kRounding = 1e-9;     // so that 0.3 / 0.1 counts as 3

double power_of_ten(double exponent) { return std::pow(10, exponent); }

double exponent_of(double value) { return std::floor(std::log10(value) + kRounding); }

double nice_step(double span, int most, bool whole) {
  const double least = span / most;
  const double unit = power_of_ten(exponent_of(least));
  double step = 10 * unit;
  for (const double factor : {5, 2, 1})
    if (factor * unit >= least * (1 - kRounding)) step = factor * unit;
  return whole ? std::max(step, 1.0) : step;
}

// Ticks far from zero but close together (1000001, 1000002) are labelled by their distance from an offset.
double label_offset(const Limits& limits) {
  const double span = limits.high - limits.low;
  const double unit = power_of_ten(std::ceil(std::log10(span)));
  const double largest = std::max(std::abs(limits.low), std::abs(limits.high));
  return largest / span < 1e5 ? 0 : std::floor(limits.low / unit) * unit;
}

double label_exponent(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  const double exponent = largest > 0 ? exponent_of(largest) : 0;
  return exponent >= 6 || exponent <= -5 ? exponent : 0;
}

std::string with_minus_signs(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '-' ? "\u2212" : std::string(1, c);
  return result;
}

std::string offset_text(double offset, double span) {
  if (offset == 0) return "";
  const double digits = exponent_of(std::abs(offset)) - exponent_of(span) + 1;
  return fmt::format("{:+.{}g}", offset, static_cast<int>(std::clamp(digits, 1.0, 17.0)));
}

void add_labels(Ticks& ticks, const Limits& limits, double step) {
  const double offset = label_offset(limits);
  std::vector<double> values;
  for (const double at : ticks.at) values.push_back(at - offset);
  const double exponent = label_exponent(values);
  const double decimals = std::max(0.0, exponent - exponent_of(step));
  for (const double value : values)
    ticks.labels.push_back(with_minus_signs(
        fmt::format("{:.{}f}", std::round(value / step) * step / power_of_ten(exponent) + 0.0,
                    static_cast<int>(std::min(decimals, 17.0)))));
  ticks.note = with_minus_signs((exponent != 0 ? fmt::format("1e{:.0f}", exponent) : "") +
                                offset_text(offset, limits.high - limits.low));
}

}  // namespace

bool is_drawable(double value) { return std::abs(value) <= kHuge; }

Limits with_margin(double low, double high) {
  if (!(low <= high)) return {};
  const double largest = std::max(std::abs(low), std::abs(high));
  if (largest < kTiny) return {-kMargin, kMargin};
  const bool constant = high - low <= kResolution * largest;
  const double room = kMargin * (constant ? largest : high - low);
  return {low - room, high + room};
}

Ticks nice_ticks(const Limits& limits, int most, bool whole) {
  const double step = nice_step(limits.high - limits.low, std::max(most, 1), whole);
  Ticks ticks;
  const double last = std::floor(limits.high / step + kRounding);
  for (double i = std::ceil(limits.low / step - kRounding); i <= last; ++i)
    ticks.at.push_back(i * step + 0.0);
  add_labels(ticks, limits, step);
  return ticks;
}

Ticks named_ticks(const std::vector<std::string>& names, const Limits& limits, std::size_t stride) {
  Ticks ticks;
  for (std::size_t i = 0; i < names.size(); i += stride) {
    const auto at = static_cast<double>(i);
    if (at < limits.low || at > limits.high) continue;
    ticks.at.push_back(at);
    ticks.labels.push_back(names[i]);
  }
  return ticks;
}

}  // namespace ramie::train::detail
