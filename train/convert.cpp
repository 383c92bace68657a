#include <ramie/train/convert.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::train::detail {
namespace {

// How the values lie in PyTorch.
enum class Lie { same, out_first, flattened };

struct Rule {
  std::string_view type, variable, torch;
  Lie lie;
};
constexpr std::array rules = {
    Rule{"Conv", "kernel", "weight", Lie::out_first},     Rule{"Linear", "kernel", "weight", Lie::out_first},
    Rule{"Embed", "embedding", "weight", Lie::same},      Rule{"BatchNorm", "scale", "weight", Lie::same},
    Rule{"BatchNorm", "mean", "running_mean", Lie::same}, Rule{"BatchNorm", "var", "running_var", Lie::same},
    Rule{"LayerNorm", "scale", "weight", Lie::same},      Rule{"GroupNorm", "scale", "weight", Lie::same},
    Rule{"InstanceNorm", "scale", "weight", Lie::same},   Rule{"RMSNorm", "scale", "weight", Lie::same}};
constexpr std::array by_hand = {"ConvTranspose", "LinearGeneral", "Einsum",  "MultiHeadAttention",
                                "SimpleCell",    "LSTMCell",      "GRUCell", "OptimizedLSTMCell",
                                "LoRA",          "LoRALinear",    "PReLU"};

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('.') + 1); }

// The path with the name that stands for the longest of its beginnings.
std::string renamed(const std::string& path, const std::map<std::string, std::string>& names) {
  for (auto end = path.size(); end != std::string::npos && end > 0; end = path.rfind('.', end - 1)) {
    const auto at = names.find(path.substr(0, end));
    if (at == names.end()) continue;
    return at->second.empty() && end < path.size() ? path.substr(end + 1) : at->second + path.substr(end);
  }
  return path;
}

// [spatial..., in, out] as [out, in, spatial...], and back.
Shape to_torch_axes(int rank) {
  std::vector<std::int64_t> axes = {rank - 1, rank - 2};
  for (int i = 0; i < rank - 2; ++i) axes.push_back(i);
  return Shape(axes);
}
Shape from_torch_axes(int rank) {
  std::vector<std::int64_t> axes;
  for (int i = 2; i < rank; ++i) axes.push_back(i);
  axes.insert(axes.end(), {1, 0});
  return Shape(axes);
}

// One variable, and where and how PyTorch keeps it.
class Place {
 public:
  Place(std::string_view op, const LayerVariable& v, const ConvertOptions& options) : v_(v) {
    const std::string_view name = last_name(v.found.path);
    if (std::find(by_hand.begin(), by_hand.end(), v.type) != by_hand.end())
      fail(op, fmt::format("'{}' is a {}: PyTorch keeps its weights in another way; convert them by hand.",
                           v.layer, v.type));
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const Rule& r) { return r.type == v.type && r.variable == name; });
    const bool known = rule != rules.end();
    if (known) lie_ = rule->lie;
    const std::string torch(known ? rule->torch : name);
    torch_name_ = renamed(v.layer.empty() ? torch : v.layer + "." + torch, options.names);
    const auto at = options.flattened.find(v.layer);
    if (at != options.flattened.end() && v.type == "Linear" && name == "kernel") flatten(op, at->second);
  }

  const std::string& torch_name() const { return torch_name_; }
  const std::string& path() const { return v_.found.path; }
  Tensor value() const { return v_.found.variable->value(); }

  Tensor to_torch(const Tensor& x) const {
    if (lie_ == Lie::same) return x;
    if (lie_ != Lie::flattened) return x.transpose(to_torch_axes(x.rank()));
    const Tensor hwc = x.reshape({picture_[0], picture_[1], picture_[2], x.shape(1)});
    return hwc.transpose({3, 2, 0, 1}).reshape({x.shape(1), x.shape(0)});
  }
  Tensor from_torch(const Tensor& y) const {
    if (lie_ == Lie::same) return y;
    if (lie_ != Lie::flattened) return y.transpose(from_torch_axes(y.rank()));
    const Tensor chw = y.reshape({y.shape(0), picture_[2], picture_[0], picture_[1]});
    return chw.transpose({2, 3, 1, 0}).reshape({y.shape(1), y.shape(0)});
  }
  Layout torch_layout() const {
    const Tensor x = value();
    if (lie_ == Lie::same) return Layout(x.dtype(), x.shape());
    const Shape axes = to_torch_axes(x.rank());
    Shape shape = x.shape();
    for (int i = 0; i < axes.rank(); ++i) shape[i] = x.shape(static_cast<int>(axes[i]));
    return Layout(x.dtype(), shape);
  }

 private:
  void flatten(std::string_view op, const Shape& picture) {
    const Tensor x = value();
    if (picture.rank() != 3 || picture[0] * picture[1] * picture[2] != x.shape(0))
      fail(op, fmt::format("'{}' takes {} features, which are no flattened [height, width, channels] {}.",
                           v_.layer, x.shape(0), str(picture)));
    lie_ = Lie::flattened;
    picture_ = picture;
  }

  const LayerVariable& v_;
  Lie lie_ = Lie::same;
  std::string torch_name_;
  Shape picture_;
};

void check_options(std::string_view op, const std::vector<LayerVariable>& weights,
                   const ConvertOptions& options) {
  for (const auto& [layer, picture] : options.flattened) {
    const auto fits = [&layer = layer](const LayerVariable& v) {
      return v.layer == layer && v.type == "Linear";
    };
    if (std::none_of(weights.begin(), weights.end(), fits))
      fail(op, fmt::format("`flattened` names '{}', but the model has no Linear of that path.", layer));
  }
  for (const auto& [path, other] : options.names) {
    const auto below = [front = path + "."](const LayerVariable& v) {
      return (v.found.path + ".").starts_with(front);
    };
    if (std::none_of(weights.begin(), weights.end(), below))
      fail(op, fmt::format("`names` renames '{}', but the model has no such path.", path));
  }
}

// Tied variables are found under each of their paths, as PyTorch lists them.
std::vector<Place> places(std::string_view op, const std::vector<LayerVariable>& weights,
                          const ConvertOptions& options) {
  check_options(op, weights, options);
  std::vector<Place> all;
  for (const LayerVariable& v : weights) all.emplace_back(op, v, options);
  return all;
}

bool counts_batches(std::string_view name) { return last_name(name) == "num_batches_tracked"; }

// "params/Conv_0/kernel" is "Conv_0.kernel".
std::string plain_flax_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  for (const std::string_view collection : {"params.", "batch_stats."})
    if (name.starts_with(collection)) return name.substr(collection.size());
  return name;
}

}  // namespace

void LayerCollector::variable(std::string_view name, VariableBase& variable, const nn::VariableKind& kind) {
  const Level& level = levels_.back();
  std::string path = level.path.empty() ? std::string(name) : fmt::format("{}.{}", level.path, name);
  found.push_back({{std::move(path), &variable, &kind}, level.path, level.type});
}

void LayerCollector::enter(std::string_view name, std::string_view type_name) {
  std::string path = levels_.empty() ? "" : levels_.back().path;
  if (!path.empty() && !name.empty()) path += '.';
  path += name;
  levels_.push_back({path, std::string(type_name)});
}

void LayerCollector::leave() { levels_.pop_back(); }

nn::State from_torch(const nn::State& state_dict, const std::vector<LayerVariable>& weights,
                     const ConvertOptions& options) {
  nn::State given, values;
  for (const auto& [name, value] : state_dict)
    if (!counts_batches(name)) given.add(name, value);
  const auto all = places("from_torch", weights, options);
  std::vector<Wanted> wanted;
  for (const Place& p : all) wanted.push_back({p.torch_name(), p.torch_layout()});
  match("from_torch", "the state_dict", wanted, given, true);
  for (const Place& p : all)
    values.add(p.path(), p.from_torch(given.at(p.torch_name())).to(p.value().device()));
  return values;
}

nn::State to_torch(const std::vector<LayerVariable>& weights, const ConvertOptions& options) {
  nn::State state_dict;
  for (const Place& p : places("to_torch", weights, options)) {
    state_dict.add(p.torch_name(), p.to_torch(p.value()));
    const std::string& name = p.torch_name();
    if (name.ends_with("running_var"))
      state_dict.add(name.substr(0, name.size() - 11) + "num_batches_tracked",
                     from_vector<std::int64_t>({0}, {}));
  }
  return state_dict;
}

nn::State from_flax(const nn::State& flat, const std::vector<LayerVariable>& weights,
                    const ConvertOptions& options) {
  check_options("from_flax", weights, options);
  nn::State given, values;
  for (const auto& [name, value] : flat) given.add(plain_flax_name(name), value);
  std::vector<Wanted> wanted;
  for (const auto& v : weights)
    wanted.push_back({renamed(v.found.path, options.names), v.found.variable->value().layout()});
  match("from_flax", "the state", wanted, given, true);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    values.add(weights[i].found.path,
               given.at(wanted[i].name).to(weights[i].found.variable->value().device()));
  return values;
}

nn::State to_flax(const std::vector<LayerVariable>& weights, const ConvertOptions& options, bool linen) {
  check_options(linen ? "to_linen" : "to_flax", weights, options);
  nn::State flat;
  for (const auto& v : weights) {
    std::string name = renamed(v.found.path, options.names);
    if (linen) {
      std::replace(name.begin(), name.end(), '.', '/');
      const bool statistic = nn::is<nn::BatchStat>(v.found.path, *v.found.kind);
      name = (statistic ? "batch_stats/" : "params/") + name;
    }
    flat.add(std::move(name), v.found.variable->value());
  }
  return flat;
}

}  // namespace ramie::train::detail
