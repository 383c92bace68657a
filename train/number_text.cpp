#include <ramie/train/number_text.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/nn/size_text.h>

namespace ramie::train::detail {

std::string value_text(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= 1e-4 && size < 1e5) || std::isinf(value);
  return plain ? fmt::format("{:.4f}", value) : fmt::format("{:.3e}", value);
}

std::string count_text(std::int64_t count) { return nn::detail::grouped(count); }

std::string short_count(std::int64_t count) {
  const auto n = static_cast<double>(count);
  if (count < 1000) return std::to_string(count);
  if (n < 999'950) return fmt::format("{:.1f}K", n / 1e3);
  if (n < 999'950'000) return fmt::format("{:.1f}M", n / 1e6);
  return fmt::format("{:.1f}G", n / 1e9);
}

std::string size_text(double bytes) { return std::isfinite(bytes) ? nn::detail::bytes_text(bytes) : "-"; }

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds > 1e9 || seconds < 0) return "-";
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", 1e3 * seconds);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long>(std::round(seconds));
  const long hours = whole / 3600, minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}h {:02}m {:02}s", hours, minutes, whole % 60)
                   : fmt::format("{}m {:02}s", minutes, whole % 60);
}

std::string percent_text(double percent) {
  if (std::isnan(percent)) return "-";
  if (percent > 0 && percent < 0.05) return "<0.1%";
  if (percent < 999.95) return fmt::format("{:.1f}%", percent);
  return percent < 1e6 ? count_text(std::lround(percent)) + "%" : fmt::format("{:.1e}%", percent);
}

}  // namespace ramie::train::detail
