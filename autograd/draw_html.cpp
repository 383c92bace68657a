#include <fmt/format.h>

#include <ramie/autograd/draw.h>
#include <ramie/autograd/draw_page.h>
#include <ramie/autograd/draw_records.h>
#include <ramie/autograd/formulas.h>

namespace ramie {
namespace {

using detail::Cell;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '<' || static_cast<unsigned char>(c) < ' ')  // "</script>" must not end the script
      out += fmt::format("\\u{:04x}", c);
    else
      out += c;
  }
  return out + "\"";
}
template <class T, class F>
std::string list(const T& items, const F& f) {
  std::string out;
  for (auto& item : items) out += (out.empty() ? "" : ",") + f(item);
  return "[" + out + "]";
}

std::string json(const Cell& c) {
  return fmt::format("{{\"shape\":{},\"lines\":{},\"grid\":{}}}", quoted(c.shape), list(c.lines, quoted),
                     list(c.grid, [](auto& row) { return list(row, quoted); }));
}
std::string json(const Tensor& x) { return x ? json(detail::cell_of(x, "")) : "null"; }

std::string json(const BackwardTrace::Value& v) {
  const Formula* f = formula_of(v.op);
  return fmt::format(
      "{{\"label\":{},\"op\":{},\"inputs\":[{}],\"data\":{},\"forward\":{},\"rule\":{}}}", quoted(v.label),
      quoted(v.op), fmt::join(v.inputs, ","), json(v.data), quoted(f ? f->forward : ""),
      quoted(f ? f->vjp : "no formula is known for this op; the numbers are those of its own rule"));
}
std::string json(const BackwardTrace::Given& g) {
  return fmt::format("{{\"input\":{},\"value\":{},\"local\":{},\"gradient\":{},\"sum\":{}}}", g.input,
                     g.value, json(g.local), json(g.gradient), json(g.sum));
}
std::string json(const BackwardTrace::Step& s) {
  return fmt::format("{{\"value\":{},\"incoming\":{},\"given\":{}}}", s.value, json(s.incoming),
                     list(s.given, [](auto& g) { return json(g); }));
}
std::string json(const BackwardTrace& t) {
  return fmt::format("{{\"values\":{},\"steps\":{},\"start\":{}}}",
                     list(t.values, [](auto& v) { return json(v); }),
                     list(t.steps, [](auto& s) { return json(s); }), json(t.result().gradient));
}

std::string replaced(std::string_view page, std::string_view mark, std::string_view text) {
  const auto at = page.find(mark);
  return std::string(page.substr(0, at)).append(text).append(page.substr(at + mark.size()));
}

// Room for the widest gradient that a record shows on the way: the last one's, mostly.
std::vector<detail::RecordCells> with_room(const BackwardTrace& t) {
  auto records = detail::records_of(t);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].grad = detail::cell_of(t.values[i].gradient, "none");
    std::size_t width = 9;
    for (auto& s : t.steps)
      for (auto& g : s.given)
        if (static_cast<std::size_t>(g.value) == i)
          for (auto& line : detail::cell_of(g.sum, "").lines) width = std::max(width, line.size());
    records[i].grad.lines[0].resize(std::max(width, records[i].grad.lines[0].size()), ' ');
  }
  return records;
}

}  // namespace

std::string to_html(const BackwardTrace& t) {
  const detail::Picture p = detail::picture_of(t, with_room(t));
  const std::string svg =
      fmt::format(
          "<svg id=\"graph\" viewBox=\"-12 -12 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\">",
          p.width + 24, p.height + 24) +
      p.body;
  std::string page = replaced(detail::page(), "/*picture style*/", detail::picture_style());
  for (int i = 0; i < 2; ++i)  // the heading, too
    page = replaced(page, "<!--title-->", detail::escaped("Backward of " + t.result().label));
  page = replaced(page, "<!--picture-->", svg);
  return replaced(page, "/*data*/", json(t));
}

}  // namespace ramie
