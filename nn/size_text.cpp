#include <ramie/nn/size_text.h>

#include <fmt/format.h>

namespace ramie::nn::detail {

std::string grouped(std::int64_t n) {
  std::string s = std::to_string(n);
  for (int i = static_cast<int>(s.size()) - 3; i > 0; i -= 3) s.insert(static_cast<std::size_t>(i), 1, ',');
  return s;
}

std::string bytes_text(double bytes) {
  const char* const units[] = {"B", "KB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 4; ++unit) bytes /= 1000;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

std::string amount_text(double amount) {
  const char* const units[] = {"", " K", " M", " G", " T", " P"};
  int unit = 0;
  for (; amount >= 999.5 && unit < 5; ++unit) amount /= 1000;
  const int digits = unit == 0 || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", amount, digits, units[unit]);
}

}  // namespace ramie::nn::detail
