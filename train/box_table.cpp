#include <ramie/train/box_table.h>
#include <ramie/train/progress_text.h>

#include <algorithm>
#include <numeric>

namespace ramie::train::detail {
namespace {

struct Edge {
  const char *left, *between, *right;
};
struct Frame {
  const char *across, *down, *cut;
  Edge top, middle, bottom;
};
constexpr Frame kRounded{"─", "│", "…", {"╭", "┬", "╮"}, {"├", "┼", "┤"}, {"╰", "┴", "╯"}};
constexpr Frame kAscii{"-", "|", "~", {"+", "+", "+"}, {"+", "+", "+"}, {"+", "+", "+"}};

const Frame& frame_of(const TextStyle& style) { return style.unicode ? kRounded : kAscii; }

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (; times > 0; --times) out += text;
  return out;
}

using Widths = std::vector<std::size_t>;

std::size_t sum(const Widths& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0});
}

// "│ " before and " " behind every cell, "│" at the end.
std::size_t room_for_cells(std::size_t cells, std::size_t columns) {
  return columns > 3 * cells + 1 ? columns - 3 * cells - 1 : 0;
}

Widths natural_widths(const std::vector<Row>& rows) {
  Widths widths;
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(1);
      widths[i] = std::max(widths[i], text_columns(row[i].text));
    }
  return widths;
}

Widths widened(Widths widths, std::size_t at_least, bool evenly) {
  for (std::size_t i = 0; !widths.empty() && sum(widths) < at_least; ++i)
    ++widths[evenly ? i % widths.size() : widths.size() - 1];
  return widths;
}

Widths narrowed(Widths widths, std::size_t at_most) {
  while (sum(widths) > std::max(at_most, widths.size())) --*std::max_element(widths.begin(), widths.end());
  return widths;
}

std::string cut(const std::string& text, std::size_t width, const TextStyle& style) {
  const std::string shown = printable(text);
  return text_columns(shown) <= width ? shown : first_columns(shown, width - 1) + frame_of(style).cut;
}

std::string padded(const Cell& cell, std::size_t width, bool right, const TextStyle& style) {
  const std::string text = cut(cell.text, width, style);
  const std::string blanks(width - text_columns(text), ' ');
  const std::string drawn = inked(text, cell.ink, style);
  return right ? blanks + drawn : drawn + blanks;
}

std::string edge_line(const Edge& edge, const Widths& widths, const Frame& frame) {
  std::string out = edge.left;
  for (std::size_t i = 0; i < widths.size(); ++i)
    out += (i ? edge.between : "") + repeated(frame.across, widths[i] + 2);
  return out + edge.right + "\n";
}

std::string row_line(const Row& row, const Widths& widths, bool right, const TextStyle& style) {
  const std::string down = frame_of(style).down;
  std::string out;
  for (std::size_t i = 0; i < widths.size(); ++i)
    out += down + " " + padded(i < row.size() ? row[i] : Cell{}, widths[i], right && i > 0, style) + " ";
  return out + down + "\n";
}

std::string centered(const Cell& title, std::size_t width, const TextStyle& style) {
  const std::string text = cut(title.text, std::min(width, std::max<std::size_t>(style.columns, 1)), style);
  return std::string((width - text_columns(text)) / 2, ' ') + inked(text, title.ink, style) + "\n";
}

}  // namespace

std::string inked(std::string_view text, std::string_view ink, const TextStyle& style) {
  if (!style.color || ink.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(ink) + "m" + std::string(text) + "\x1b[0m";
}

std::string box_table(const Cell& title, const std::vector<Row>& rows, const TextStyle& style,
                      BoxOptions options) {
  const Frame& frame = frame_of(style);
  Widths widths = natural_widths(rows);
  const std::size_t cells = widths.size();
  widths = widened(widths, room_for_cells(cells, options.at_least), options.right);
  widths = narrowed(widths, room_for_cells(cells, style.columns));
  std::string out = centered(title, sum(widths) + 3 * cells + 1, style) + edge_line(frame.top, widths, frame);
  for (std::size_t i = 0; i < rows.size(); ++i)
    out += row_line(rows[i], widths, options.right, style) +
           (i == 0 ? edge_line(frame.middle, widths, frame) : "");
  return out + edge_line(frame.bottom, widths, frame);
}

// Between the frame's sides stands a table without lines of its own, two blanks between its columns.
std::string box_panel(std::string_view title, const std::vector<Row>& rows, const TextStyle& style) {
  const Frame& frame = frame_of(style);
  const std::size_t room = style.columns > 6 ? style.columns - 6 : 0;
  Widths widths = narrowed(widened(natural_widths(rows), text_columns(title) + 2, false), room);
  const std::string name = cut(" " + std::string(title) + " ", sum(widths) + 2, style);
  std::string out = frame.top.left + std::string(frame.across) + inked(name, ink::kTitle, style) +
                    repeated(frame.across, sum(widths) + 3 - text_columns(name)) + frame.top.right + "\n";
  for (const Row& row : rows) {
    out += std::string(frame.down) + " " + padded(row.at(0), widths[0], false, style) + "  " +
           padded(row.at(1), widths[1], false, style) + " " + frame.down + "\n";
  }
  return out + frame.bottom.left + repeated(frame.across, sum(widths) + 4) + frame.bottom.right + "\n";
}

}  // namespace ramie::train::detail
