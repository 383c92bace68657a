#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/draw_records.h>

namespace ramie::detail {
namespace {

constexpr double letter = 7.3, line = 15, caption = 12, padding = 8;

struct Size {
  double width, height;
};
Size size_of(const Cell& c, std::size_t letters = 4) {
  for (auto& l : c.lines) letters = std::max(letters, l.size());
  return {static_cast<double>(letters) * letter + 2 * padding,
          static_cast<double>(c.lines.size()) * line + caption + padding};
}

Size label_size(const RecordCells& r) { return size_of(r.label, 6); }  // "variable" fits above it

// The layer of each value: two after its op's latest input; a leaf stands just before its first use.
std::vector<int> layers_of(const BackwardTrace& t) {
  std::vector<int> layer(t.values.size(), 0), first_use(t.values.size(), 0);
  for (std::size_t i = 0; i < t.values.size(); ++i)
    for (int in : t.values[i].inputs)
      layer[i] = std::max(layer[i], (in < 0 ? 0 : layer[static_cast<std::size_t>(in)]) + 2);
  for (std::size_t i = 0; i < t.values.size(); ++i)
    for (int in : t.values[i].inputs) {
      if (in < 0 || !t.values[static_cast<std::size_t>(in)].leaf()) continue;
      int& use = first_use[static_cast<std::size_t>(in)];
      use = use ? std::min(use, layer[i]) : layer[i];
    }
  for (std::size_t i = 0; i < layer.size(); ++i)
    if (t.values[i].leaf() && first_use[i]) layer[i] = first_use[i] - 2;
  return layer;
}

class Painter {
 public:
  Painter(const BackwardTrace& t, const std::vector<RecordCells>& records) : t_(t), records_(records) {
    const auto layer = layers_of(t);
    for (std::size_t i = 0; i < t.values.size(); ++i) {
      const Size a = label_size(records[i]), b = size_of(records[i].data), c = size_of(records[i].grad);
      box({.width = a.width + b.width + c.width,
           .height = std::max({a.height, b.height, c.height}),
           .layer = layer[i]});
    }
    for (std::size_t i = 0; i < t.values.size(); ++i)
      if (!t.values[i].leaf()) op(i, layer[i]);
    drawing_.place();
  }
  Picture run() const {
    std::string out;
    for (std::size_t e = 0; e < names_.size(); ++e)
      out += fmt::format("<path id=\"{}\" class=\"edge\" d=\"{}\" marker-end=\"url(#arrow)\"/>\n", names_[e],
                         drawing_.edges[e].path);
    for (std::size_t i = 0; i < t_.values.size(); ++i) out += record(i);
    for (std::size_t k = t_.values.size(); k < drawing_.boxes.size(); ++k) out += pill(k);
    return {out, drawing_.width, drawing_.height};
  }

 private:
  struct Pill {
    std::string id, css, text;
  };
  std::size_t box(const Drawing::Box& b) {
    drawing_.boxes.push_back(b);
    return drawing_.boxes.size() - 1;
  }
  void edge(std::size_t from, std::size_t to, std::string id) {
    drawing_.edges.push_back({from, to});
    names_.push_back(std::move(id));
  }
  std::size_t pill(Pill p, int layer) {
    pills_.push_back(p);
    return box({.width = static_cast<double>(p.text.size()) * letter + 20, .height = 24, .layer = layer});
  }
  void op(std::size_t i, int layer) {
    const auto& v = t_.values[i];
    const std::size_t at = pill({fmt::format("op{}", i), "op", v.op}, layer - 1);
    for (std::size_t k = 0; k < v.inputs.size(); ++k) {
      const std::size_t from = v.inputs[k] >= 0 ? static_cast<std::size_t>(v.inputs[k])
                                                : pill({"", "constant", "constant"}, layer - 2);
      edge(from, at, fmt::format("edge{}-{}", i, k));
    }
    edge(at, i, fmt::format("edge{}", i));
  }

  static std::string rectangle(const Drawing::Box& b, double radius) {
    return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\"/>",
                       b.x - b.width / 2, b.y - b.height / 2, b.width, b.height, radius);
  }
  std::string pill(std::size_t k) const {
    const Pill& p = pills_[k - t_.values.size()];
    const auto& b = drawing_.boxes[k];
    return fmt::format(
        "<g{} class=\"{}\">{}<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text></g>\n",
        p.id.empty() ? "" : fmt::format(" id=\"{}\"", p.id), p.css, rectangle(b, 12), b.x, b.y + 4,
        escaped(p.text));
  }
  static std::string text(const char* css, const Cell& c, double x, double y) {
    std::string out = fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">", css, x, y);
    for (std::size_t i = 0; i < c.lines.size(); ++i)
      out += fmt::format("<tspan x=\"{:.1f}\" dy=\"{}\">{}</tspan>", x, i ? line : 0, escaped(c.lines[i]));
    return out + "</text>";
  }
  static std::string cell(const char* css, const char* head, const Cell& c, double x, double top) {
    return fmt::format("<text class=\"caption\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", x + padding,
                       top + caption, head) +
           text(css, c, x + padding, top + caption + line - 1);
  }
  std::string record(std::size_t i) const {
    const auto& v = t_.values[i];
    const auto& b = drawing_.boxes[i];
    const auto& r = records_[i];
    const double left = b.x - b.width / 2, top = b.y - b.height / 2;
    const double data = left + label_size(r).width, grad = data + size_of(r.data).width;
    const auto split = [&](double x) {
      return fmt::format("<path class=\"split\" d=\"M{:.1f} {:.1f}v{:.1f}\"/>", x, top, b.height);
    };
    const bool last = i + 1 == t_.values.size();
    return fmt::format("<g id=\"value{}\" class=\"value{}{}\">", i, v.leaf() ? " leaf" : "",
                       last ? " result" : "") +
           rectangle(b, 6) + split(data) + split(grad) +
           cell("label",
                v.leaf() ? "variable"
                : last   ? "result"
                         : "value",
                r.label, left, top) +
           cell("data", "data", r.data, data, top) + cell("grad", "grad", r.grad, grad, top) + "</g>\n";
  }

  const BackwardTrace& t_;
  const std::vector<RecordCells>& records_;
  Drawing drawing_;
  std::vector<std::string> names_;  // of the edges
  std::vector<Pill> pills_;         // after the records
};

}  // namespace

Picture picture_of(const BackwardTrace& t, const std::vector<RecordCells>& records) {
  return Painter(t, records).run();
}

std::string_view picture_style() {
  return R"(text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2430; white-space: pre; }
.caption { font: 9px system-ui, "DejaVu Sans", sans-serif; fill: #7b8798; }
.label { font-weight: bold; }
.value rect { fill: #ffffff; stroke: #6b7890; }
.leaf rect { fill: #e8f5ec; stroke: #35845a; }
.result rect { fill: #fff4da; stroke: #b8862b; }
.split { stroke: #6b7890; stroke-opacity: 0.35; }
.op rect { fill: #e8ecf7; stroke: #7486b8; }
.constant rect { fill: none; stroke: #b4bccb; stroke-dasharray: 3 3; }
.constant text, .state { fill: #7b8798; }
.edge { fill: none; stroke: #9aa6ba; stroke-width: 1.5; }
)";
}

}  // namespace ramie::detail
