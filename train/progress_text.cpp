#include <ramie/train/progress_text.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ramie::train::detail {
namespace {

constexpr std::size_t kWidestBar = 40, kNarrowestBar = 5;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

double share_done(const ProgressState& state) {
  return std::min(1.0, static_cast<double>(state.step) / static_cast<double>(state.total));
}

double steps_per_second(const ProgressState& state) {
  const double steps = static_cast<double>(state.step) - static_cast<double>(state.initial);
  return steps > 0 && state.seconds > 0 ? steps / state.seconds : std::numeric_limits<double>::quiet_NaN();
}

std::string rate_text(double rate) {
  if (std::isnan(rate)) return "? it/s";
  return rate >= 1 ? fmt::format("{:.{}f} it/s", rate, rate < 100 ? 1 : 0)
                   : fmt::format("{:.1f} s/it", 1 / rate);
}

double seconds_left(const ProgressState& state) {
  const std::size_t steps = state.total - std::min(state.step, state.total);
  return steps == 0 ? 0 : static_cast<double>(steps) / steps_per_second(state);
}

std::string head_text(const ProgressState& state) {
  const std::string label = state.label.empty() ? "" : printable(state.label) + " ";
  return state.total == 0 ? label : label + fmt::format("{:3.0f}%", std::floor(100 * share_done(state)));
}

std::string tail_text(const ProgressState& state) {
  const std::string rate = rate_text(steps_per_second(state));
  const std::string note = state.note.empty() ? "" : " " + printable(state.note);
  if (state.total == 0)
    return fmt::format("{} it [{}, {}]{}", state.step, clock_text(state.seconds), rate, note);
  const std::string total = std::to_string(state.total);
  return fmt::format(" {:>{}}/{} [{}<{}, {}]{}", state.step, total.size(), total, clock_text(state.seconds),
                     clock_text(seconds_left(state)), rate, note);
}

std::string bar_text(double share, std::size_t width, bool unicode) {
  static constexpr std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(share * static_cast<double>(8 * width));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += unicode ? "█" : "#";
  if (unicode) bar += kEighths[eighths % 8];
  return bar + std::string(width - text_columns(bar), ' ');
}

}  // namespace

std::size_t text_columns(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return result;
}

std::string first_columns(std::string_view text, std::size_t columns) {
  std::size_t end = 0, count = 0;
  for (; end < text.size(); ++end)
    if (!continues_character(text[end]) && ++count > columns) break;
  return std::string(text.substr(0, end));
}

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds > 1e9) return "?";
  const auto whole = static_cast<long>(std::max(0.0, seconds));
  const long hours = whole / 3600, minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{:02}:{:02}", minutes, whole % 60);
}

std::string progress_line(const ProgressState& state, std::size_t columns) {
  const std::string head = head_text(state), tail = tail_text(state);
  const std::size_t taken = text_columns(head) + text_columns(tail) + 3;  // " |" and "|"
  if (state.total == 0 || taken + kNarrowestBar > columns) return first_columns(head + tail, columns);
  const std::size_t width = std::min(kWidestBar, columns - taken);
  return head + " |" + bar_text(share_done(state), width, state.unicode) + "|" + tail;
}

}  // namespace ramie::train::detail
