// How a stream shows text: whether in colours, with more than ASCII, and in how many columns.
//
//   std::fputs(report.str(style_of(stdout)).c_str(), stdout);
#pragma once

#include <cstddef>
#include <cstdio>
#include <iosfwd>

namespace ramie::train {

struct TextStyle {
  bool color = false, unicode = false;
  std::size_t columns = 100;
};

// Colours where the stream is a terminal and NO_COLOR is not set, Unicode where the locale says UTF-8; a
// file has 100 columns. Of C++ streams, cout, cerr and clog may be terminals.
TextStyle style_of(std::FILE* stream);
TextStyle style_of(const std::ostream& stream);

namespace detail {

bool is_terminal(std::FILE* stream);
std::size_t terminal_columns(std::FILE* stream);  // 80 where it is not known
bool locale_is_utf8();

}  // namespace detail
}  // namespace ramie::train
