// State: values by path, flat and ordered as the model's members are ("conv1.kernel", "hidden.0.bias").
// Gradients, optimizer state and checkpoints are States too.
//
//   nn::State params = nn::state(model, nn::is<nn::Param>);
//   auto [graphdef, params, rest] = nn::split(model, nn::is<nn::Param>, nn::rest);
//   MLP again = nn::merge(graphdef, params, rest);        // shares nothing with the first
//   nn::update(model, params);
//   MLP copy = nn::clone(model);
//
// A filter chooses variables by path and kind: nn::is<Kind>, nn::path_contains("conv"), nn::any_of(...),
// nn::all_of(...), nn::not_(...), nn::rest. A variable with two paths (tied weights) is listed once, under
// the first.
//
// Source: flax.nnx.split, merge, state, update, clone and filterlib.
#pragma once

#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ramie/nn/visit.h>

namespace ramie::nn {

class State {
 public:
  using Entry = std::pair<std::string, Tensor>;
  State() = default;
  State(std::initializer_list<Entry> entries) : entries_(entries) {}
  void add(std::string path, Tensor value) { entries_.emplace_back(std::move(path), std::move(value)); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  const Tensor* find(std::string_view path) const;
  const Tensor& at(std::string_view path) const;  // an error that lists the paths there are
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  Entry& operator[](std::size_t i) { return entries_[i]; }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};
std::ostream& operator<<(std::ostream& out, const State& state);
// Where the first value is; the default device if there is none.
Device device_of(const State& state);

using Filter = std::function<bool(std::string_view path, const VariableKind& kind)>;

template <class V>
struct Is {
  bool operator()(std::string_view, const VariableKind& kind) const {
    return dynamic_cast<const typename V::kind*>(&kind) != nullptr;
  }
};
template <class V>
inline constexpr Is<V> is{};
struct Rest {
  bool operator()(std::string_view, const VariableKind&) const { return true; }
};
inline constexpr Rest rest{};
Filter path_contains(std::string text);
Filter any_of(std::vector<Filter> filters);
Filter all_of(std::vector<Filter> filters);
Filter not_(Filter filter);

// A variable where it was found. Valid while the model is.
struct Found {
  std::string path;
  VariableBase* variable;
  const VariableKind* kind;
};

namespace detail {

class Collector final : public Visitor {
 public:
  void variable(std::string_view name, VariableBase& variable, const VariableKind& kind) override;
  void enter(std::string_view name, std::string_view) override;
  void leave() override;
  std::vector<Found> found;  // every path, tied ones too

 private:
  std::string path_;
  std::vector<std::size_t> lengths_;
};

std::vector<Found> distinct(std::vector<Found> all);
State state(const std::vector<Found>& variables, const Filter& filter);
void update(const std::vector<Found>& variables, const State& state);
void hollow(const std::vector<Found>& variables);  // gives each variable a fresh, empty cell; sharing is kept
std::vector<State> split(const std::vector<Found>& variables, const std::vector<Filter>& filters);
void check_complete(const std::vector<Found>& variables);

}  // namespace detail

// Every variable of the model, once.
template <class M>
std::vector<Found> variables(const M& model) {
  detail::Collector c;
  walk(c, "", model);
  return detail::distinct(std::move(c.found));
}

template <class M>
State state(const M& model, const Filter& filter = rest) {
  return detail::state(variables(model), filter);
}
// Stores values by path. A path that the model lacks, or a value of another shape, is an error, and nothing
// changes.
template <class M>
void update(M& model, const State& state) {
  detail::Collector c;
  walk(c, "", model);
  detail::update(c.found, state);
}

// Moves every value to a device: nn::to(model, cuda(0)). An optimizer made before keeps its state where it
// was.
template <class M>
void to(M& model, Device device) {
  State values = state(model);
  for (auto& [path, value] : values) value = value.to(device);
  update(model, values);
}

// A model without its values: the module with empty variables; its C++ type carries the rest.
template <class M>
struct GraphDef {
  M skeleton;
};
namespace detail {
template <class M>
M hollow_copy(const M& model) {
  M copy = model;
  Collector c;
  walk(c, "", copy);
  hollow(c.found);
  return copy;
}
}  // namespace detail

// (GraphDef, one State for each filter). Each variable goes to the first filter that takes it; none is an
// error.
template <class M, class... Filters>
auto split(const M& model, const Filters&... filters) {
  std::vector<State> parts = detail::split(variables(model), {Filter(filters)...});
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::tuple(GraphDef<M>{detail::hollow_copy(model)}, std::move(parts[i])...);
  }
  (std::index_sequence_for<Filters...>());
}
template <class M>
auto split(const M& model) {
  return split(model, rest);
}

template <class M, class... States>
M merge(const GraphDef<M>& def, const States&... states) {
  M model = detail::hollow_copy(def.skeleton);
  (update(model, states), ...);
  detail::check_complete(variables(model));
  return model;
}

// A model of the same values that shares nothing. Ties are kept.
template <class M>
M clone(const M& model) {
  M copy = detail::hollow_copy(model);
  update(copy, state(model));
  return copy;
}

}  // namespace ramie::nn
