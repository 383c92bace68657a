#include <ramie/train/torch_weights.h>

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::train::detail {
namespace {

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

// The parts of one tensor follow each other as in the module.
constexpr std::array packed = {Rule{"MultiHeadAttention", "query.kernel", "in_proj_weight", Lie::to_heads},
                               Rule{"MultiHeadAttention", "key.kernel", "in_proj_weight", Lie::to_heads},
                               Rule{"MultiHeadAttention", "value.kernel", "in_proj_weight", Lie::to_heads},
                               Rule{"MultiHeadAttention", "query.bias", "in_proj_bias", Lie::heads},
                               Rule{"MultiHeadAttention", "key.bias", "in_proj_bias", Lie::heads},
                               Rule{"MultiHeadAttention", "value.bias", "in_proj_bias", Lie::heads},
                               Rule{"MultiHeadAttention", "out.kernel", "out_proj.weight", Lie::from_heads},
                               Rule{"MultiHeadAttention", "out.bias", "out_proj.bias", Lie::same},
                               Rule{"LSTMCell", "ii.kernel", "weight_ih", Lie::out_first},
                               Rule{"LSTMCell", "if_.kernel", "weight_ih", Lie::out_first},
                               Rule{"LSTMCell", "ig.kernel", "weight_ih", Lie::out_first},
                               Rule{"LSTMCell", "io.kernel", "weight_ih", Lie::out_first},
                               Rule{"LSTMCell", "hi.kernel", "weight_hh", Lie::out_first},
                               Rule{"LSTMCell", "hf.kernel", "weight_hh", Lie::out_first},
                               Rule{"LSTMCell", "hg.kernel", "weight_hh", Lie::out_first},
                               Rule{"LSTMCell", "ho.kernel", "weight_hh", Lie::out_first},
                               Rule{"LSTMCell", "hi.bias", "bias_hh", Lie::same},
                               Rule{"LSTMCell", "hf.bias", "bias_hh", Lie::same},
                               Rule{"LSTMCell", "hg.bias", "bias_hh", Lie::same},
                               Rule{"LSTMCell", "ho.bias", "bias_hh", Lie::same},
                               Rule{"OptimizedLSTMCell", "dense_i.kernel", "weight_ih", Lie::out_first},
                               Rule{"OptimizedLSTMCell", "dense_h.kernel", "weight_hh", Lie::out_first},
                               Rule{"OptimizedLSTMCell", "dense_h.bias", "bias_hh", Lie::same},
                               Rule{"GRUCell", "dense_i.kernel", "weight_ih", Lie::out_first},
                               Rule{"GRUCell", "dense_h.kernel", "weight_hh", Lie::out_first},
                               Rule{"GRUCell", "dense_i.bias", "bias_ih", Lie::same},
                               Rule{"SimpleCell", "dense_h.kernel", "weight_hh", Lie::out_first},
                               Rule{"SimpleCell", "dense_i.kernel", "weight_ih", Lie::out_first},
                               Rule{"SimpleCell", "dense_i.bias", "bias_ih", Lie::same}};
constexpr std::array by_hand = {"ConvTranspose", "LinearGeneral", "Einsum", "LoRA", "LoRALinear", "PReLU"};

// ---- names -----------------------------------------------------------------------------------------------

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

bool is_a(const Level* level, std::string_view type) {  // "RNN" is RNN<LSTMCell>, too
  return level && level->type.substr(0, level->type.find('<')) == type;
}

// The module around levels[i]; lists around modules have no type.
const Level* module_around(const std::vector<Level>& levels, std::size_t i) {
  while (i-- > 0)
    if (!levels[i].type.empty()) return &levels[i];
  return nullptr;
}

// Of a variable in a cell within an RNN: PyTorch's recurrent layers have names for depth and direction.
std::string name_in_cell(const std::vector<Level>& levels, std::size_t cell, std::string_view torch) {
  const Level* rnn = module_around(levels, cell);
  if (!is_a(rnn, "RNN")) return joined(levels[cell].path, torch);
  const Level* both = module_around(levels, static_cast<std::size_t>(rnn - levels.data()));
  if (!is_a(both, "Bidirectional")) return joined(rnn->path, fmt::format("{}_l0", torch));
  return joined(both->path,
                fmt::format("{}_l0{}", torch, rnn->path.ends_with("backward_rnn") ? "_reverse" : ""));
}

// What a variable is a part of there.
struct Place {
  std::string name, second_bias = "";
  Lie lie = Lie::same;
  bool in_gate = false;
};

bool is_packed(std::string_view type) {
  return std::any_of(packed.begin(), packed.end(), [&](const Rule& r) { return r.type == type; });
}

Place packed_place(std::string_view op, const LayerVariable& v, std::size_t level) {
  const auto& [path, type] = v.levels[level];
  const std::string_view below = std::string_view(v.found.path).substr(path.empty() ? 0 : path.size() + 1);
  const auto rule = std::find_if(packed.begin(), packed.end(), [&, &type = type](const Rule& r) {
    return r.type == type && r.variable == below;
  });
  if (rule == packed.end())
    fail(op, fmt::format("'{}' is a {} with '{}', which PyTorch's has not.", path, type, below));
  Place place{name_in_cell(v.levels, level, rule->torch), "", rule->lie};
  if (!rule->torch.starts_with("bias")) return place;
  const std::string_view other = rule->torch == "bias_ih" ? "bias_hh" : "bias_ih";
  place.second_bias = name_in_cell(v.levels, level, other);
  place.in_gate = type == "GRUCell";
  return place;
}

Place place_of(std::string_view op, const LayerVariable& v) {
  for (std::size_t i = 0; i < v.levels.size(); ++i)
    if (is_packed(v.levels[i].type)) return packed_place(op, v, i);
  if (std::find(by_hand.begin(), by_hand.end(), v.type()) != by_hand.end())
    fail(op, fmt::format("'{}' is a {}: PyTorch keeps its weights in another way; convert them by hand.",
                         v.layer(), v.type()));
  const std::string name = v.found.path.substr(v.found.path.rfind('.') + 1);
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const Rule& r) { return r.type == v.type() && r.variable == name; });
  if (rule == rules.end()) return {joined(v.layer(), name), ""};
  return {joined(v.layer(), rule->torch), "", rule->lie};
}

// ---- layouts ---------------------------------------------------------------------------------------------

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

TorchPart part_of(std::string_view op, const LayerVariable& v, Lie lie, const ConvertOptions& options) {
  const auto at = options.flattened.find(v.layer());
  if (at == options.flattened.end() || v.type() != "Linear" || !v.found.path.ends_with("kernel"))
    return {&v, lie, {}};
  const Shape& picture = at->second;
  const std::int64_t features = v.found.variable->shape(0);
  if (picture.rank() != 3 || picture[0] * picture[1] * picture[2] != features)
    fail(op, fmt::format("'{}' takes {} features, which are no flattened [height, width, channels] {}.",
                         v.layer(), features, str(picture)));
  return {&v, Lie::flattened, picture};
}

// Of several parts each has as many rows, or PyTorch would not have packed them.
void check_parts(std::string_view op, const TorchTensor& t) {
  const Shape first = t.parts[0].to_torch().shape();
  for (const TorchPart& part : t.parts)
    if (part.to_torch().shape() != first)
      fail(op,
           fmt::format("PyTorch packs '{}' and '{}' into '{}', which shapes {} and {} do not allow; convert "
                       "them by hand.",
                       t.parts[0].variable->found.path, part.variable->found.path, t.name, str(first),
                       str(part.to_torch().shape())));
}

// Tied variables are found under each of their paths, as PyTorch lists them.
void find_ties(std::vector<TorchTensor>& all) {
  std::map<std::pair<const Cell*, Lie>, const TorchTensor*> firsts;
  for (TorchTensor& t : all) {
    if (t.parts.size() != 1) continue;
    const Cell* cell = t.parts[0].variable->found.variable->cell().get();
    const auto [first, is_first] = firsts.try_emplace({cell, t.parts[0].lie}, &t);
    if (!is_first) t.tied_to = first->second->name;
  }
}

}  // namespace

Tensor TorchPart::to_torch() const {
  Tensor x = value();
  switch (lie) {
    case Lie::out_first:
      return x.transpose(to_torch_axes(x.rank()));
    case Lie::flattened:
      return x.reshape({picture[0], picture[1], picture[2], x.shape(1)})
          .transpose({3, 2, 0, 1})
          .reshape({x.shape(1), x.shape(0)});
    case Lie::to_heads:
      return x.reshape({x.shape(0), -1}).T();
    case Lie::from_heads:
      return x.reshape({-1, x.shape(-1)}).T();
    case Lie::heads:
      return x.reshape({-1});
    default:
      return x;
  }
}

Tensor TorchPart::from_torch(const Tensor& y) const {
  switch (lie) {
    case Lie::out_first:
      return y.transpose(from_torch_axes(y.rank()));
    case Lie::flattened:
      return y.reshape({y.shape(0), picture[2], picture[0], picture[1]})
          .transpose({2, 3, 1, 0})
          .reshape({y.shape(1), y.shape(0)});
    case Lie::to_heads:
    case Lie::from_heads:
      return y.T().reshape(value().shape());
    case Lie::heads:
      return y.reshape(value().shape());
    default:
      return y;
  }
}

Tensor TorchTensor::value() const {
  if (parts.size() == 1) return parts[0].to_torch();
  std::vector<Tensor> all;
  for (const TorchPart& part : parts) all.push_back(part.to_torch());
  return concatenate(all);
}

void TorchTensor::add_to(nn::State& values, const Tensor& given) const {
  const std::int64_t rows = given.rank() == 0 ? 0 : given.shape(0) / std::ssize(parts);
  std::int64_t begin = 0;
  for (const TorchPart& part : parts) {
    const Tensor own = parts.size() == 1 ? given : given.slice(0, begin, begin + rows);
    values.add(part.variable->found.path, part.from_torch(own).to(part.value().device()));
    begin += rows;
  }
}

std::vector<TorchTensor> torch_tensors(std::string_view op, const std::vector<LayerVariable>& weights,
                                       const ConvertOptions& options) {
  std::vector<TorchTensor> all;
  std::map<std::string, std::size_t> places;
  for (const LayerVariable& v : weights) {
    const Place place = place_of(op, v);
    const auto [at, is_new] = places.try_emplace(place.name, all.size());
    if (is_new)
      all.push_back({renamed(place.name, options.names), {}, renamed(place.second_bias, options.names)});
    all[at->second].parts.push_back(part_of(op, v, place.lie, options));
    all[at->second].second_bias_in_gate = place.in_gate;
  }
  for (const TorchTensor& t : all) check_parts(op, t);
  find_ties(all);
  return all;
}

}  // namespace ramie::train::detail
