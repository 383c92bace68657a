// The text of a progress line, apart from clocks and terminals.
//
//   progress_line({.label = "Epoch 1", .step = 5, .total = 10, .seconds = 2}, 80);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ramie::train::detail {

struct ProgressState {
  std::string_view label = "", note = "";
  std::size_t step = 0, initial = 0, total = 0;
  double seconds = 0;  // since the start
  bool unicode = true;
};

// At most `columns` characters: first the bar shrinks and goes, then the end is cut.
std::string progress_line(const ProgressState& state, std::size_t columns);

// 75 is "01:15", 3675 is "1:01:15"; "?" where it is not known (NaN or infinite).
std::string clock_text(double seconds);

// How many characters a UTF-8 text shows.
std::size_t text_columns(std::string_view text);

// With blanks for line breaks and other control characters, which would leave the line.
std::string printable(std::string_view text);

std::string first_columns(std::string_view text, std::size_t columns);

}  // namespace ramie::train::detail
