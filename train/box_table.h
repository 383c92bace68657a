// Tables in frames, for the terminal.
//
//   box_table({"Epoch 1/10"}, {{{"Metric"}, {"Train"}}, {{"Loss"}, {"0.25", ink::kGreen}}}, style);
//
//      Epoch 1/10
//   ╭────────┬───────╮
//   │ Metric │ Train │
//   ├────────┼───────┤
//   │ Loss   │  0.25 │
//   ╰────────┴───────╯
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/train/terminal.h>

namespace ramie::train::detail {

// How a text is drawn where there are colours: the numbers of an SGR escape sequence.
namespace ink {
inline constexpr std::string_view kPlain = "", kBold = "1", kDim = "2", kRed = "31", kGreen = "32",
                                  kYellow = "33", kBlue = "34", kCyan = "36", kTitle = "1;36",
                                  kWarning = "1;33", kGood = "1;32";
}  // namespace ink

std::string inked(std::string_view text, std::string_view ink, const TextStyle& style);

struct Cell {
  std::string text = "";
  std::string_view ink = ink::kPlain;
};
using Row = std::vector<Cell>;

struct BoxOptions {
  bool right = true;         // all columns but the first are aligned right
  std::size_t at_least = 0;  // columns; numbers then share what is over, else the last cell takes it
};

// The title above, then the head and the other rows; a row that is too short ends with blank cells. Cells are
// cut, the widest first, until the table fits.
std::string box_table(const Cell& title, const std::vector<Row>& rows, const TextStyle& style,
                      BoxOptions options = {});

// Names and values in a frame with the title in its upper edge.
std::string box_panel(std::string_view title, const std::vector<Row>& rows, const TextStyle& style);

}  // namespace ramie::train::detail
