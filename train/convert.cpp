#include <ramie/train/convert.h>

#include <algorithm>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/train/torch_weights.h>

namespace ramie::train::detail {
namespace {

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('.') + 1); }

void check_options(std::string_view op, const std::vector<LayerVariable>& weights,
                   const ConvertOptions& options) {
  for (const auto& [layer, picture] : options.flattened) {
    const auto fits = [&layer = layer](const LayerVariable& v) {
      return v.layer() == layer && v.type() == "Linear";
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

// PyTorch's second bias of a recurrent layer is added to the one that there is here.
Tensor with_second_bias(const TorchTensor& t, const nn::State& given) {
  const Tensor& second = given.at(t.second_bias);
  const std::int64_t rows = second.shape(0);
  if (t.second_bias_in_gate && any(second.slice(0, rows / 3 * 2, rows) != 0).item() != 0)
    fail("from_torch",
         fmt::format("'{}' is not 0 for the last gate, within which a GRUCell has no bias.", t.second_bias));
  return given.at(t.name) + second;
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

std::string renamed(const std::string& path, const std::map<std::string, std::string>& names) {
  for (auto end = path.size(); end != std::string::npos && end > 0; end = path.rfind('.', end - 1)) {
    const auto at = names.find(path.substr(0, end));
    if (at == names.end()) continue;
    return at->second.empty() && end < path.size() ? path.substr(end + 1) : at->second + path.substr(end);
  }
  return path;
}

void LayerCollector::variable(std::string_view name, VariableBase& variable, const nn::VariableKind& kind) {
  const std::string around = levels_.empty() ? "" : levels_.back().path;
  std::string path = around.empty() ? std::string(name) : fmt::format("{}.{}", around, name);
  found.push_back({{std::move(path), &variable, &kind}, levels_});
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
  check_options("from_torch", weights, options);
  nn::State given, values;
  for (const auto& [name, value] : state_dict)
    if (!counts_batches(name)) given.add(name, value);
  const auto all = torch_tensors("from_torch", weights, options);
  std::vector<Wanted> wanted;
  for (const TorchTensor& t : all) {
    wanted.push_back({t.name, t.value().layout(), t.tied_to.empty(), t.tied_to});
    if (!t.second_bias.empty()) wanted.push_back({t.second_bias, t.value().layout()});
  }
  match("from_torch", "the state_dict", wanted, given, true);
  for (const TorchTensor& t : all)
    if (t.tied_to.empty())
      t.add_to(values, t.second_bias.empty() ? given.at(t.name) : with_second_bias(t, given));
  return values;
}

nn::State to_torch(const std::vector<LayerVariable>& weights, const ConvertOptions& options) {
  check_options("to_torch", weights, options);
  nn::State state_dict;
  for (const TorchTensor& t : torch_tensors("to_torch", weights, options)) {
    state_dict.add(t.name, t.value());
    if (!t.second_bias.empty()) state_dict.add(t.second_bias, zeros_like(t.value()));
    if (t.name.ends_with("running_var"))
      state_dict.add(t.name.substr(0, t.name.size() - 11) + "num_batches_tracked",
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
  std::map<const Cell*, std::string> firsts;
  for (const auto& v : weights) {
    const std::string name = renamed(v.found.path, options.names);
    const auto [at, is_first] = firsts.try_emplace(v.found.variable->cell().get(), name);
    wanted.push_back({name, v.found.variable->value().layout(), is_first, is_first ? "" : at->second});
  }
  match("from_flax", "the state", wanted, given, true);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].loaded)
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
