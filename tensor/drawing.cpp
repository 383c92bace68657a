#include <ramie/tensor/drawing.h>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

// A box, or where an edge passes through a layer. "Across" runs within a layer.
struct Item {
  double breadth, across = 0;
  int layer;
  double weight = 1;  // passing edges should be straight
  std::vector<std::size_t> before = {}, after = {};
};

// Edges over more layers go straight: around everything on their way, they would be most of the drawing.
constexpr int longest = 40;

class Layers {
 public:
  explicit Layers(const Drawing& d) : gap_(d.gap) {
    for (auto& b : d.boxes) add({.breadth = d.downwards ? b.width : b.height, .layer = b.layer});
    for (auto& e : d.edges) routes.push_back(route(e));
  }
  void arrange() {
    for (int i = 0; i < 8; ++i) sweep(i % 2, [&](auto& layer, bool back) { sort(layer, back); });
    for (auto& layer : layers_) pack(layer, std::vector<double>(layer.size(), 0));
    for (int i = 0; i < 12; ++i) sweep(i % 2, [&](auto& layer, bool back) { pull(layer, back); });
    double least = items.empty() ? 0 : items[0].across;
    for (auto& item : items) least = std::min(least, item.across - item.breadth / 2);
    for (auto& item : items) item.across -= least;
  }
  std::vector<Item> items;                       // the boxes first
  std::vector<std::vector<std::size_t>> routes;  // the items that each edge passes

 private:
  using Layer = std::vector<std::size_t>;

  std::size_t add(const Item& item) {
    if (layers_.size() <= static_cast<std::size_t>(item.layer)) layers_.resize(item.layer + 1u);
    layers_[static_cast<std::size_t>(item.layer)].push_back(items.size());
    items.push_back(item);
    return items.size() - 1;
  }
  std::vector<std::size_t> route(const Drawing::Edge& e) {
    if (items[e.to].layer - items[e.from].layer > longest) return {e.from, e.to};
    std::vector<std::size_t> out{e.from};
    for (int l = items[e.from].layer + 1; l < items[e.to].layer; ++l)
      out.push_back(add({.breadth = 4, .layer = l, .weight = 4}));
    out.push_back(e.to);
    for (std::size_t i = 1; i < out.size(); ++i) {
      items[out[i - 1]].after.push_back(out[i]);
      items[out[i]].before.push_back(out[i - 1]);
    }
    return out;
  }
  template <class F>
  void sweep(bool back, const F& f) {
    if (back)
      for (auto i = layers_.size(); i-- > 0;) f(layers_[i], true);
    else
      for (auto& layer : layers_) f(layer, false);
  }
  // Where the neighbours on one side would have it; where it is, if it has none.
  double wish(std::size_t i, bool back) const {
    const auto& neighbours = back ? items[i].after : items[i].before;
    double sum = 0, weight = 0;
    for (auto n : neighbours) sum += items[n].across * items[n].weight, weight += items[n].weight;
    return neighbours.empty() ? items[i].across : sum / weight;
  }
  void sort(Layer& layer, bool back) {
    std::map<std::size_t, double> wishes;
    for (auto i : layer) wishes[i] = wish(i, back);
    std::stable_sort(layer.begin(), layer.end(), [&](auto a, auto b) { return wishes[a] < wishes[b]; });
    for (std::size_t k = 0; k < layer.size(); ++k) items[layer[k]].across = static_cast<double>(k);
  }
  void pull(const Layer& layer, bool back) {
    std::vector<double> wishes;
    for (auto i : layer) wishes.push_back(wish(i, back));
    pack(layer, wishes);
  }
  // As near to the wishes as the order and the gaps allow, by least squares: neighbours that would overlap
  // move as one block.
  void pack(const Layer& layer, const std::vector<double>& wishes) {
    struct Block {
      double sum, weight;
      std::size_t count;
      double at() const { return sum / weight; }
    };
    std::vector<double> offset(layer.size(), 0);
    std::vector<Block> blocks;
    for (std::size_t k = 0; k < layer.size(); ++k) {
      const Item& item = items[layer[k]];
      if (k > 0) offset[k] = offset[k - 1] + (items[layer[k - 1]].breadth + item.breadth) / 2 + gap_;
      blocks.push_back({(wishes[k] - offset[k]) * item.weight, item.weight, 1});
      while (blocks.size() > 1 && blocks.end()[-2].at() > blocks.back().at()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back() = {blocks.back().sum + last.sum, blocks.back().weight + last.weight,
                         blocks.back().count + last.count};
      }
    }
    std::size_t k = 0;
    for (auto& b : blocks)
      for (std::size_t i = 0; i < b.count; ++i, ++k) items[layer[k]].across = b.at() + offset[k];
  }
  double gap_;
  std::vector<Layer> layers_;
};

// The middle of each layer and half its depth, one after the other.
struct Ranks {
  std::vector<double> middle, half;
  double end = 0;
  explicit Ranks(const Drawing& d) {
    for (auto& b : d.boxes) {
      const auto layer = static_cast<std::size_t>(b.layer);
      if (half.size() <= layer) half.resize(layer + 1, 0);
      half[layer] = std::max(half[layer], (d.downwards ? b.height : b.width) / 2);
    }
    for (double h : half) {
      if (!middle.empty()) end += d.layer_gap;
      middle.push_back(end + h);
      end += 2 * h;
    }
  }
};

struct Point {
  double along, across;
};
std::string point(const Drawing& d, Point p) {
  return d.downwards ? fmt::format("{:.1f} {:.1f}", p.across, p.along)
                     : fmt::format("{:.1f} {:.1f}", p.along, p.across);
}
// Straight across layers that an edge only passes, and bent between them.
std::string path(const Drawing& d, const std::vector<Point>& points) {
  std::string out = "M" + point(d, points[0]);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point a = points[i - 1], b = points[i];
    const double middle = (a.along + b.along) / 2;
    if (i % 2)
      out += "C" + point(d, {middle, a.across}) + " " + point(d, {middle, b.across}) + " " + point(d, b);
    else
      out += "L" + point(d, b);
  }
  return out;
}

}  // namespace

void Drawing::place() {
  Layers layers(*this);
  layers.arrange();
  const Ranks ranks(*this);
  double breadth = 0;
  for (auto& item : layers.items) breadth = std::max(breadth, item.across + item.breadth / 2);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const double along = ranks.middle[static_cast<std::size_t>(boxes[i].layer)];
    const double across = layers.items[i].across;
    boxes[i].x = downwards ? across : along;
    boxes[i].y = downwards ? along : across;
  }
  for (std::size_t e = 0; e < edges.size(); ++e) {
    std::vector<Point> points;
    for (auto i : layers.routes[e]) {
      const Item& item = layers.items[i];
      const auto layer = static_cast<std::size_t>(item.layer);
      const bool box = i < boxes.size();
      const double half = box ? (downwards ? boxes[i].height : boxes[i].width) / 2 : ranks.half[layer];
      if (i != edges[e].from) points.push_back({ranks.middle[layer] - half, item.across});
      if (i != edges[e].to) points.push_back({ranks.middle[layer] + half, item.across});
    }
    edges[e].path = path(*this, points);
  }
  width = downwards ? breadth : ranks.end;
  height = downwards ? ranks.end : breadth;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

void write_file(const char* op, const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) fail(op, fmt::format("cannot write {}.", path));
}

}  // namespace ramie::detail
