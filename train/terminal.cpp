#include <ramie/train/terminal.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

namespace ramie::train {
namespace detail {

bool is_terminal(std::FILE* stream) { return stream && isatty(fileno(stream)); }

std::size_t terminal_columns(std::FILE* stream) {
  constexpr std::size_t kUsualColumns = 80;
  winsize size{};
  const bool known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

// The first of these variables that is set decides, as in POSIX.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    const std::string_view locale = value;
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

}  // namespace detail

namespace {

// NO_COLOR counts where it is not empty (no-color.org).
bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return !(no_color && *no_color) && !(terminal && std::strcmp(terminal, "dumb") == 0);
}

}  // namespace

TextStyle style_of(std::FILE* stream) {
  const bool unicode = detail::locale_is_utf8();
  if (!detail::is_terminal(stream)) return {.unicode = unicode};
  return {.color = wants_color(), .unicode = unicode, .columns = detail::terminal_columns(stream)};
}

TextStyle style_of(const std::ostream& stream) {
  if (&stream == &std::cout) return style_of(stdout);
  return style_of(&stream == &std::cerr || &stream == &std::clog ? stderr : nullptr);
}

}  // namespace ramie::train
