#include <ramie/autograd/saved_tensors.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include <ramie/autograd/text_table.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

struct Bytes {  // from the first to the last that a tensor reaches
  const std::byte *first, *end;
  std::size_t size() const { return static_cast<std::size_t>(end - first); }
};
Bytes bytes_of(const Tensor& x) {
  std::int64_t first = 0, last = -1;
  for_each_offset(x.layout(), [&](std::int64_t at) {
    if (last < first) first = last = at;
    first = std::min(first, at);
    last = std::max(last, at);
  });
  const auto size = static_cast<std::int64_t>(size_of(x.dtype()));
  const std::byte* data = x.view().data;
  return {data + first * size, data + (last + 1) * size};
}

struct Buffer {
  Bytes bytes;
  bool variable = false;
  std::vector<int> keepers;  // values
};

class Inspector {
 public:
  Inspector(const Tensor& y, const Names& names) : nodes_(detail::nodes_below(node(y))) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      number_[nodes_[i]] = static_cast<int>(i);
      labels_.push_back(fmt::format("v{}", i));
    }
    for (auto& [label, x] : names)
      if (const auto at = number_.find(node(x)); at != number_.end())
        labels_[static_cast<std::size_t>(at->second)] = label;
  }
  SavedTensors run() {
    for (auto* n : nodes_) {
      out_.freed += n->used_up;
      for (std::size_t i = 0; i < n->saved.size(); ++i)
        if (n->saved[i]) look(*n, n->saved[i], static_cast<int>(i) == n->own ? n : node(n->saved[i]));
    }
    for (auto& [storage, b] : buffers_) {
      out_.total += b.bytes.size();
      if (b.variable) out_.variables += b.bytes.size();
    }
    for (std::size_t i = 0; i < rows_.size(); ++i)
      out_.rows[i].shared_with = others(*rows_[i].first, rows_[i].second);
    out_.table = table();
    return std::move(out_);
  }

 private:
  void look(Node& keeper, const Tensor& x, Node* maker) {
    const Bytes bytes = bytes_of(x);
    Storage& name = x.storage();
    auto [at, fresh] =
        buffers_.try_emplace(name.original ? name.original.get() : &name, Buffer{bytes, false, {}});
    Buffer& b = at->second;
    b.bytes = {std::min(b.bytes.first, bytes.first), std::max(b.bytes.end, bytes.end)};
    b.variable = b.variable || (maker && maker->edges.empty() && !maker->used_up);
    const int keeping = number_.at(&keeper);
    if (std::find(b.keepers.begin(), b.keepers.end(), keeping) == b.keepers.end())
      b.keepers.push_back(keeping);
    out_.rows.push_back({call(keeper), x.layout(), bytes.size(), maker ? label(maker) : "a constant", ""});
    rows_.emplace_back(&b, keeping);
  }
  std::string label(Node* n) const {
    const auto at = number_.find(n);
    return at == number_.end() ? "an outside value" : labels_[static_cast<std::size_t>(at->second)];
  }
  std::string call(Node& n) const {
    std::vector<std::string> inputs;
    for (auto& e : n.edges) inputs.push_back(e ? label(e.get()) : "constant");
    return fmt::format("{} = {}({})", label(&n), n.name, fmt::join(inputs, ", "));
  }
  std::string others(const Buffer& b, int keeper) const {
    std::vector<std::string> out;
    for (int k : b.keepers)
      if (k != keeper) out.push_back(labels_[static_cast<std::size_t>(k)]);
    return fmt::format("{}", fmt::join(out, ", "));
  }
  std::string table() const {
    std::vector<std::vector<std::string>> text{{"op", "keeps", "bytes", "whose value", "also kept by"}};
    for (auto& r : out_.rows)
      text.push_back({r.op, str(r.layout), fmt::format("{}", r.bytes), r.whose, r.shared_with});
    std::string out = out_.rows.empty() ? "" : detail::text_table(text);
    if (out_.freed)
      out += fmt::format("{} op{}: freed by backward()\n", out_.freed, out_.freed == 1 ? "" : "s");
    return out +
           fmt::format("total: {} bytes, {} of them the values of variables\n", out_.total, out_.variables);
  }

  std::vector<Node*> nodes_;
  std::unordered_map<Node*, int> number_;
  std::vector<std::string> labels_;
  std::map<const Storage*, Buffer> buffers_;
  std::vector<std::pair<const Buffer*, int>> rows_;  // of each row: its buffer and its keeper
  SavedTensors out_;
};

}  // namespace

SavedTensors saved_tensors(const Tensor& y, const Names& names) {
  if (!y || !node(y))
    fail("saved_tensors",
         "the value depends on no variable, or was computed under no_grad: nothing is kept.");
  return Inspector(y, names).run();
}

}  // namespace ramie
